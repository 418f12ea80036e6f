import type { ControlClient } from "./control-client.js";
import { ControlError } from "./errors.js";
import { Scope } from "./scope.js";
import type {
  CompanyMade,
  Delivery,
  DeliveryFault,
  DeliveryFaultShown,
  DeliveryFilter,
  FileDetail,
  FilePatch,
  JobDetail,
  JobPatch,
  SessionDetail,
  SessionPatch,
  WebhookShown,
} from "./types.js";

/** A company of its own: it never sees anything of another company. */
export class Company extends Scope {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
  /** The headers that make a request this company's. */
  readonly headers: Readonly<Record<string, string>>;
  /** The id is `secretKey` to the official SDK, and the key is `apiKey`. */
  readonly hmac: Readonly<{ id: string; key: string }>;
  /** A user, who can ask for an access token. */
  readonly user: Readonly<{ userName: string; password: string }>;
  /** For control calls about this company only; undefined where none is needed. */
  readonly adminToken: string | undefined;

  constructor(control: ControlClient, made: CompanyMade) {
    super(control, made.id);
    this.id = made.id;
    this.name = made.name;
    this.apiKey = made.api_key;
    this.headers = { "X-TagshelfAPI-Key": made.api_key };
    this.hmac = { id: made.hmac.id, key: made.hmac.key };
    this.user = { userName: made.user.user_name, password: made.user.password };
    this.adminToken = made.admin_token ?? undefined;
  }

  /** Change a deferred session in ways that no client can. */
  setSession(id: string, changes: SessionPatch): Promise<SessionDetail> {
    return this.control.call("PATCH", ["deferred-sessions", id], { body: changes });
  }

  /** Change a job, such as its stage, or move it on. */
  setJob(id: string, changes: JobPatch): Promise<JobDetail> {
    return this.control.call("PATCH", ["jobs", id], { body: changes });
  }

  /** Change a file. */
  setFile(id: string, changes: FilePatch): Promise<FileDetail> {
    return this.control.call("PATCH", ["files", id], { body: changes });
  }

  /** Remove a deferred session, with the files that wait in it. */
  async removeSession(id: string): Promise<void> {
    await this.control.call("DELETE", ["deferred-sessions", id]);
  }

  /** Remove a job with its files. */
  async removeJob(id: string): Promise<void> {
    await this.control.call("DELETE", ["jobs", id]);
  }

  /** Remove a file with its content. */
  async removeFile(id: string): Promise<void> {
    await this.control.call("DELETE", ["files", id]);
  }

  /** Have events delivered to this URL from now on; `verify` does the handshake first. */
  setWebhook(url: string, { verify = false } = {}): Promise<WebhookShown> {
    return this.control.call("PUT", ["webhook"], { body: { company: this.id, url, verify } });
  }

  /** The webhook that is set; undefined if there is none. */
  async webhook(): Promise<WebhookShown | undefined> {
    const query = { company: this.id };
    const answer = await this.control.call<{ webhooks: WebhookShown[] }>("GET", ["webhook"], { query });
    return answer.webhooks[0];
  }

  /** Deliver events no more. */
  async removeWebhook(): Promise<void> {
    await this.control.call("DELETE", ["webhook"], { query: { company: this.id } });
  }

  /** Attempts to deliver events, made and planned, oldest first. */
  async deliveries(filter: DeliveryFilter = {}): Promise<Delivery[]> {
    const query = { limit: 10_000, ...filter, company: this.id };
    return (await this.control.call<{ deliveries: Delivery[] }>("GET", ["deliveries"], { query })).deliveries;
  }

  /** Deliver an event once more, at once; returns the attempt that is planned. */
  redeliver(eventId: string): Promise<Delivery> {
    return this.control.call("POST", ["events", eventId, "redeliver"]);
  }

  /** Make deliveries of events of this name (a glob) go wrong. */
  failDelivery(event: string, effect: DeliveryFault): Promise<DeliveryFaultShown> {
    const body = { company: this.id, event, ...effect };
    return this.control.call("POST", ["webhook", "faults"], { body });
  }

  /** Remove it and all that it owns; no error if it is gone already. */
  async remove(): Promise<void> {
    try {
      await this.control.call("DELETE", ["companies", this.id]);
    } catch (error) {
      if (!(error instanceof ControlError && error.status === 404)) {
        throw error;
      }
    }
  }
}
