/** Starts alfred-mock or connects to it, and bends what it answers. */

export { Clock } from "./clock.js";
export { Company } from "./company.js";
export { ControlError, StartError, WaitError } from "./errors.js";
export { Events } from "./events.js";
export { Fault } from "./faults.js";
export { AlfredServer, connect, type ConnectOptions } from "./server.js";
export { start, StartedServer, type StartOptions } from "./start.js";
export type * from "./types.js";
