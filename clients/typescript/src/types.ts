/** The control API's own words for what is sent and answered, from its OpenAPI document. */

import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;

/** What of a company, or of all, goes back to the seed. */
export type Part = Schemas["Part"];
/** What happens to a request. */
export type Effect = Schemas["Effect"];
/** Which requests, what happens to them, how often. */
export type FaultRule = Schemas["FaultRule"];
/** A rule that is there, and how often it applied. */
export type FaultShown = Schemas["FaultShown"];
/** A request of the journal with its answer; secrets are masked. */
export type JournalRequest = Schemas["RequestShown"];
/** An event as the server has recorded it, whether or not somebody has received it. */
export type AlfredEvent = Schemas["EventShown"];
/** The name of an event, such as `job_finished`. */
export type EventName = Schemas["Emit"]["name"];
/** A company's webhook. */
export type WebhookShown = Schemas["WebhookShown"];
/** An attempt to deliver an event, made or planned. */
export type Delivery = Schemas["DeliveryShown"];
/** What goes wrong with deliveries. */
export type DeliveryFault = Omit<Schemas["FaultAsked"], "company" | "event">;
/** The same, as it is there. */
export type DeliveryFaultShown = Schemas["DeliveryFaultShown"];
/** What a company has in a seed document, less its id and name. */
export type CompanySeed = Record<string, unknown>;
/** A seed document. */
export type SeedDocument = Schemas["SeedDocument"];
export type CompanyMade = Schemas["CompanyMade"];
export type ClockShown = Schemas["ClockShown"];
export type SessionPatch = Schemas["SessionPatch"];
export type SessionDetail = Schemas["SessionDetail"];
export type JobPatch = Schemas["JobPatch"];
export type JobDetail = Schemas["JobDetail"];
export type FilePatch = Schemas["FilePatch"];
export type FileDetail = Schemas["FileDetail"];

/** Which requests of the journal; `path` is a glob, `status` 404 or "4xx". */
export type RequestFilter = Omit<Query<"/__admin/requests">, "company">;
/** Which events. */
export type EventFilter = Omit<Query<"/__admin/events">, "company">;
/** Which deliveries. */
export type DeliveryFilter = Omit<Query<"/__admin/deliveries">, "company">;

/** What waiting takes. */
export interface WaitOptions {
  /** How many must have come; 1 unless given. */
  count?: number;
  /** Seconds; 5 unless given, 60 at most. */
  timeout?: number;
}

/** What of a company differs from a new one. */
export interface CompanyOptions {
  name?: string;
  seed?: CompanySeed;
  /** Seconds, some time after which the server removes it if nobody has. */
  ttl_s?: number;
}

/** Which requests fail beside those of a path, how, and how often. */
export type FailOptions = Effect &
  Omit<Schemas["Match"], "path"> &
  Omit<FaultRule, "company" | "match" | "effect" | "sequence"> & {
    /** What happens to the first match, the second and so on: a status, an effect, or nothing. */
    sequence?: (Effect | number | null)[];
  };
