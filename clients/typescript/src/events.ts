import type { ControlClient } from "./control-client.js";
import type { AlfredEvent, EventFilter, EventName, WaitOptions } from "./types.js";

const MOST_SHOWN = 10_000;

type Shown = { events: AlfredEvent[] };

/** What was told of jobs and files. The first call has the server record events, with those of
 * the jobs that are there already. */
export class Events {
  readonly #control: ControlClient;
  readonly #company: string | undefined;

  constructor(control: ControlClient, company?: string) {
    this.#control = control;
    this.#company = company;
  }

  /** The events so far, oldest first. */
  async list(filter: EventFilter = {}): Promise<AlfredEvent[]> {
    const query = { limit: MOST_SHOWN, ...filter, company: this.#company };
    return (await this.#control.call<Shown>("GET", ["events"], { query })).events;
  }

  /**
   * The same, as soon as there are enough.
   *
   * @throws WaitError: there were fewer when the time was over.
   */
  async wait(filter: EventFilter = {}, options: WaitOptions = {}): Promise<AlfredEvent[]> {
    const query = { limit: MOST_SHOWN, ...filter, ...options, company: this.#company };
    return (await this.#control.wait<Shown>(["events", "wait"], query)).events;
  }

  /** Tell an event of a job or a file although nothing has happened; returns it, with what
   * follows from it. `fields` are members that are to differ. */
  async emit(
    name: EventName,
    about: { job?: string; file?: string; fields?: Record<string, unknown> },
  ): Promise<AlfredEvent[]> {
    return (await this.#control.call<Shown>("POST", ["events"], { body: { name, ...about } })).events;
  }
}
