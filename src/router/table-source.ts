/** Where a route table's messages come from: a decoded message, or texts in shared memory of which only what is hit is ever parsed. */
import type { Route as RouteMessage, RouteConfiguration, VirtualHost as VirtualHostMessage } from "../schema/generated/envoy/config/route/v3.ts";
import { type BodySources, NO_SOURCES } from "./direct-response.ts";
import { buildRouteIndex, type RouteIndexArrays } from "./route-index.ts";

export interface HostSource {
  /** What the virtual host says besides its routes. */
  readonly message: VirtualHostMessage;
  /** Of its routes. */
  readonly count: number;
  route(id: number): RouteMessage;
  index(): RouteIndexArrays;
}

export interface TableSource {
  /** The table; its virtual hosts need not be there. */
  readonly message: RouteConfiguration;
  readonly count: number;
  /** Bodies that stand outside the messages. */
  readonly bodies: BodySources;
  /** The domains of each virtual host; asked once. */
  domains(): readonly (readonly string[])[];
  host(id: number): HostSource;
}

class MessageHost implements HostSource {
  readonly message: VirtualHostMessage;
  private readonly ignoresParameters: boolean;

  constructor(message: VirtualHostMessage, ignoresParameters: boolean) {
    this.message = message;
    this.ignoresParameters = ignoresParameters;
  }

  get count(): number {
    return this.message.routes?.length ?? 0;
  }

  route(id: number): RouteMessage {
    return this.message.routes?.[id] ?? {};
  }

  index(): RouteIndexArrays {
    return buildRouteIndex(this.message.routes ?? [], this.ignoresParameters);
  }
}

/** A table that is there as a whole. */
export class MessageTable implements TableSource {
  readonly message: RouteConfiguration;
  readonly bodies = NO_SOURCES;

  constructor(message: RouteConfiguration) {
    this.message = message;
  }

  get count(): number {
    return this.message.virtual_hosts?.length ?? 0;
  }

  domains(): readonly (readonly string[])[] {
    return (this.message.virtual_hosts ?? []).map(({ domains = [] }) => domains);
  }

  host(id: number): HostSource {
    return new MessageHost(this.message.virtual_hosts?.[id] ?? {}, this.message.ignore_path_parameters_in_path_matching === true);
  }
}
