import { ControlError, WaitError } from "./errors.js";

/** Values of a query; what is undefined or null is not sent. */
export type QueryValues = Record<string, string | number | boolean | null | undefined>;

export interface CallOptions {
  query?: QueryValues;
  body?: unknown;
  /** Seconds that an answer may take. */
  timeout?: number;
}

const TIMEOUT_SECONDS = 30;

/** Calls of the control API over HTTP. */
export class ControlClient {
  /** Without a slash at the end. */
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, adminToken?: string) {
    if (!/^https?:\/\/[^/]/.test(url)) {
      throw new TypeError(`${JSON.stringify(url)} is no URL that begins with http:// or https://`);
    }
    this.url = url.replace(/\/+$/, "");
    this.#headers = { "Content-Type": "application/json" };
    if (adminToken !== undefined) {
      this.#headers["Authorization"] = `Bearer ${adminToken}`;
    }
  }

  /**
   * The JSON document that the server answers with.
   *
   * @throws ControlError: the server refuses, or cannot be reached.
   */
  async call<Answer>(method: string, path: string[], options: CallOptions = {}): Promise<Answer> {
    const target = `/__admin/${path.map(encodeURIComponent).join("/")}${asQuery(options.query)}`;
    const { status, text } = await this.#send(method, target, options);
    const answer = parsed(text);
    if (status >= 400 || answer === undefined) {
      const message = messageOf(answer) ?? `${method} ${target} was answered with ${status}`;
      const Kind = status === 408 ? WaitError : ControlError;
      throw new Kind(message, status, answer);
    }
    return answer as Answer;
  }

  async #send(method: string, target: string, { body, timeout = TIMEOUT_SECONDS }: CallOptions) {
    try {
      const response = await fetch(this.url + target, {
        method,
        headers: this.#headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeout * 1000),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new ControlError(`no answer from ${this.url}: ${reasonOf(error)}`, undefined, undefined, {
        cause: error,
      });
    }
  }

  /** The same for a call that waits on the server, which takes longer by so much. */
  wait<Answer>(path: string[], query: QueryValues & { timeout?: number }): Promise<Answer> {
    return this.call("GET", path, { query, timeout: (query.timeout ?? 5) + TIMEOUT_SECONDS });
  }
}

function asQuery(values: QueryValues = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query && `?${query}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function messageOf(answer: unknown): string | undefined {
  const message = (answer as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}

/** `fetch` says little more than that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.message || cause?.code || (error as Error).message;
}
