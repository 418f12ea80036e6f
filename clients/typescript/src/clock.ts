import type { ControlClient } from "./control-client.js";
import type { ClockShown } from "./types.js";

/** The clock of one company, or of all that have none of their own. Tokens, signatures, dates and
 * timed jobs all follow it. */
export class Clock {
  readonly #control: ControlClient;
  readonly #company: string | undefined;

  constructor(control: ControlClient, company?: string) {
    this.#control = control;
    this.#company = company;
  }

  /** The present instant. */
  async now(): Promise<Date> {
    const query = { company: this.#company };
    return dateOf(await this.#control.call<ClockShown>("GET", ["clock"], { query }));
  }

  /** Go on from this instant; a text is ISO 8601, in UTC unless it names a zone. */
  set(now: Date | string): Promise<Date> {
    return this.#put({ now: textOf(now) });
  }

  /** Stand still, at this instant or the present one. */
  freeze(at?: Date | string): Promise<Date> {
    return this.#put({ now: at === undefined ? undefined : textOf(at), frozen: true });
  }

  /** Move on by so many seconds at once; a frozen clock stays frozen. */
  advance(seconds: number): Promise<Date> {
    return this.#put({ advance_s: seconds });
  }

  /** Go so many seconds ahead of the real time, or behind it. */
  offset(seconds: number): Promise<Date> {
    return this.#put({ offset_s: seconds });
  }

  /** Go on from where it stands frozen. */
  resume(): Promise<Date> {
    return this.#put({ frozen: false });
  }

  /** Go back to the real time. */
  async clear(): Promise<Date> {
    const query = { company: this.#company };
    return dateOf(await this.#control.call<ClockShown>("DELETE", ["clock"], { query }));
  }

  async #put(fields: Record<string, unknown>): Promise<Date> {
    const body = { company: this.#company, ...fields };
    return dateOf(await this.#control.call<ClockShown>("PUT", ["clock"], { body }));
  }
}

function dateOf(shown: ClockShown): Date {
  return new Date(`${shown.now}Z`);
}

function textOf(instant: Date | string): string {
  return typeof instant === "string" ? instant : instant.toISOString();
}
