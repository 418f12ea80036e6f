import type { ChildProcess } from "node:child_process";

import { StartError } from "./errors.js";
import { AlfredServer } from "./server.js";

export interface StartOptions {
  /** The command and its first arguments; `["alfred-mock"]` unless given. */
  command?: string[];
  /** Settings by the names of the command's options, such as `{ "stage-seconds": 0.1 }`. */
  settings?: Record<string, string | number | boolean>;
  /** Variables of its environment beside those of this process. */
  env?: Record<string, string>;
  /** Seconds that it may take until it listens; 30 unless given. */
  timeout?: number;
}

const DEFAULTS = { port: 0, "database-url": "sqlite:///:memory:", demo: false };
const STOP_SECONDS = 10;

/** A server that was started here, and ends with this process at the latest. */
export class StartedServer extends AlfredServer {
  readonly #process: ChildProcess;
  readonly #said: { log: string };
  readonly #kill: () => void;

  constructor(url: string, adminToken: string | undefined, process: ChildProcess, said: { log: string }) {
    super(url, adminToken === undefined ? {} : { adminToken });
    this.#process = process;
    this.#said = said;
    this.#kill = () => process.kill("SIGKILL");
    globalThis.process.once("exit", this.#kill);
  }

  /** What it has logged so far. */
  get log(): string {
    return this.#said.log;
  }

  /** End it; returns when it has ended. */
  override async stop(): Promise<void> {
    globalThis.process.off("exit", this.#kill);
    if (isOver(this.#process)) {
      return;
    }
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.ref();
    this.#process.kill("SIGTERM");
    const late = setTimeout(this.#kill, STOP_SECONDS * 1000);
    await ended;
    clearTimeout(late);
  }
}

/**
 * A server on a free port of 127.0.0.1, which answers when the promise is kept. It keeps everything
 * in memory and has no demo company, unless the settings say otherwise. Node.js only.
 *
 * @throws StartError: it cannot start, and says why.
 */
export async function start(options: StartOptions = {}): Promise<StartedServer> {
  // Imported late, so that a browser can load the rest.
  const { spawn } = await import("node:child_process");
  const [program = "alfred-mock", ...first] = options.command ?? ["alfred-mock"];
  const words = [...first, "serve", ...optionsOf({ ...DEFAULTS, ...options.settings })];
  const env = { ...process.env, ...options.env };
  const child = spawn(program, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { log: "" };
  child.stderr.setEncoding("utf-8").on("data", (text: string) => (said.log += text));
  const url = await listening(child, said, program, options.timeout ?? 30);
  // A test that forgets to stop the server still ends.
  child.unref();
  for (const pipe of [child.stdout, child.stderr] as { unref?: () => void }[]) {
    pipe.unref?.();
  }
  const token = options.settings?.["admin-token"] ?? env["ALFRED_MOCK_ADMIN_TOKEN"];
  return new StartedServer(url, token === undefined ? undefined : String(token), child, said);
}

function optionsOf(settings: Record<string, string | number | boolean>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (typeof value === "boolean") {
      return [value ? `--${name}` : `--no-${name}`];
    }
    return [`--${name}`, String(value)];
  });
}

function listening(
  child: ChildProcess,
  said: { log: string },
  program: string,
  seconds: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      refuse(`it did not listen within ${seconds} s`);
    }, seconds * 1000);
    const refuse = (reason: string) => {
      clearTimeout(late);
      reject(new StartError(`${program} serve: ${[reason, said.log.trim()].filter(Boolean).join(". ")}`));
    };
    let text = "";
    child.stdout!.setEncoding("utf-8").on("data", (more: string) => {
      text += more;
      const found = /^Listening on (\S+)\n/.exec(text);
      if (found) {
        clearTimeout(late);
        resolve(found[1]!);
      }
    });
    child.once("error", (error) => refuse(error.message));
    child.once("close", (status, signal) => refuse(`it ended with ${signal ?? `status ${status}`}`));
  });
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
