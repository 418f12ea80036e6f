import { Company } from "./company.js";
import { ControlClient } from "./control-client.js";
import { Scope } from "./scope.js";
import type { CompanyOptions } from "./types.js";

export interface ConnectOptions {
  /** The value of ALFRED_MOCK_ADMIN_TOKEN, where the server has one. */
  adminToken?: string;
}

/** A running server: makes companies, and bends what happens to all of them. */
export class AlfredServer extends Scope {
  constructor(url: string, { adminToken }: ConnectOptions = {}) {
    super(new ControlClient(url, adminToken));
  }

  /** A new company with credentials of its own. */
  async company(options: CompanyOptions = {}): Promise<Company> {
    return new Company(this.control, await this.control.call("POST", ["companies"], { body: options }));
  }

  /** Let go of the server, which goes on if it was not started here. */
  async stop(): Promise<void> {}
}

/** A handle on a server that runs elsewhere; asks it nothing. */
export function connect(url: string, options: ConnectOptions = {}): AlfredServer {
  return new AlfredServer(url, options);
}
