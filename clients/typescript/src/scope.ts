import { Clock } from "./clock.js";
import type { ControlClient } from "./control-client.js";
import { Events } from "./events.js";
import { Fault, ruleOf } from "./faults.js";
import type {
  CompanySeed,
  FailOptions,
  FaultShown,
  JournalRequest,
  Part,
  RequestFilter,
  SeedDocument,
  WaitOptions,
} from "./types.js";

const MOST_SHOWN = 10_000;

type Journal = { requests: JournalRequest[] };

/** All that a test can do both to one company and to the whole server. */
export abstract class Scope {
  /** The company's clock, or the one of all companies that have none of their own. */
  readonly clock: Clock;
  /** What was told of jobs and files. */
  readonly events: Events;

  constructor(
    protected readonly control: ControlClient,
    private readonly company_id?: string,
  ) {
    this.clock = new Clock(control, company_id);
    this.events = new Events(control, company_id);
  }

  /** Where the server is. */
  get url(): string {
    return this.control.url;
  }

  /** Go back to the seed: all of it, or only these parts. Credentials stay valid. */
  async reset(only?: Part[]): Promise<void> {
    await this.control.call("POST", ["reset"], { body: { company: this.company_id, only } });
  }

  /** What is there, as a seed document. */
  readSeed(): Promise<SeedDocument> {
    return this.control.call("GET", ["seed"], { query: { company: this.company_id } });
  }

  /** Add and update what a seed document has, or else the part of one company alone, for a company.
   * It removes nothing. A reset goes back to it from then on. */
  seed(document: SeedDocument | CompanySeed): Promise<SeedDocument> {
    return this.control.call("PUT", ["seed"], { query: { company: this.company_id }, body: document });
  }

  /** Make the requests fail that have this path (a glob), and the method, header and query that
   * the options name. All requests, where no path is given. */
  async fail(path: string | undefined, options: FailOptions): Promise<Fault> {
    const body = ruleOf(path, options, this.company_id);
    return new Fault(this.control, await this.control.call("POST", ["faults"], { body }));
  }

  /** The faults that are there, in the order in which they are tried. */
  async faults(): Promise<Fault[]> {
    const query = { company: this.company_id };
    const answer = await this.control.call<{ faults: FaultShown[] }>("GET", ["faults"], { query });
    return answer.faults.map((shown) => new Fault(this.control, shown));
  }

  /** End all of them. */
  async clearFaults(): Promise<void> {
    await this.control.call("DELETE", ["faults"], { query: { company: this.company_id } });
  }

  /** The requests that the server was sent, oldest first. */
  async requests(filter: RequestFilter = {}): Promise<JournalRequest[]> {
    const query = { limit: MOST_SHOWN, ...filter, company: this.company_id };
    return (await this.control.call<Journal>("GET", ["requests"], { query })).requests;
  }

  /** How many there are. */
  async countRequests(filter: Omit<RequestFilter, "limit"> = {}): Promise<number> {
    const query = { ...filter, company: this.company_id };
    return (await this.control.call<{ count: number }>("GET", ["requests", "count"], { query })).count;
  }

  /**
   * The requests, as soon as there are enough.
   *
   * @throws WaitError: there were fewer when the time was over.
   */
  async waitForRequests(filter: RequestFilter = {}, options: WaitOptions = {}): Promise<JournalRequest[]> {
    const query = { limit: MOST_SHOWN, ...filter, ...options, company: this.company_id };
    return (await this.control.wait<Journal>(["requests", "wait"], query)).requests;
  }

  /** Forget the requests so far. */
  async clearRequests(): Promise<void> {
    await this.control.call("DELETE", ["requests"], { query: { company: this.company_id } });
  }

  /** The access tokens so far are valid no more; returns how many. */
  async expireTokens(): Promise<number> {
    const body = { company: this.company_id };
    return (await this.control.call<{ expired: number }>("POST", ["tokens", "expire"], { body })).expired;
  }
}
