import type { ControlClient } from "./control-client.js";
import type { Effect, FailOptions, FaultRule, FaultShown } from "./types.js";

const OF_THE_RULE = ["times", "every", "percentage", "seed"] as const;
const OF_THE_MATCH = ["method", "header", "query"] as const;

/** A rule that is in force until it is exhausted or cleared. */
export class Fault {
  readonly #control: ControlClient;

  constructor(
    control: ControlClient,
    /** The rule as it was when it was made or listed. */
    readonly rule: FaultShown,
  ) {
    this.#control = control;
  }

  get id(): string {
    return this.rule.id;
  }

  /** The rule as it is now, with how often it was `seen`, has `fired` and still applies
   * (`remaining`); undefined once it was cleared. */
  async shown(): Promise<FaultShown | undefined> {
    const query = { company: this.rule.company };
    const answer = await this.#control.call<{ faults: FaultShown[] }>("GET", ["faults"], { query });
    return answer.faults.find((each) => each.id === this.id);
  }

  /** End it. */
  async clear(): Promise<void> {
    await this.#control.call("DELETE", ["faults", this.id]);
  }
}

/** The rule that options stand for. */
export function ruleOf(
  path: string | undefined,
  options: FailOptions,
  company: string | undefined,
): FaultRule {
  const { sequence, ...others } = options;
  const rule = pick(others, OF_THE_RULE);
  const match = pick(others, OF_THE_MATCH);
  const known: readonly string[] = [...OF_THE_RULE, ...OF_THE_MATCH];
  const effect = Object.entries(others).filter(([name]) => !known.includes(name));
  return {
    ...rule,
    ...(company === undefined ? {} : { company }),
    match: { ...match, ...(path === undefined ? {} : { path }) },
    ...(effect.length > 0 ? { effect: Object.fromEntries(effect) } : {}),
    ...(sequence === undefined ? {} : { sequence: sequence.map(effectOf) }),
  } as FaultRule;
}

function effectOf(short: Effect | number | null): Effect | null {
  return typeof short === "number" ? ({ status: short } as Effect) : short;
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
