/** A route table: a RouteConfiguration ready to route. Compiled with diagnostics on the control side, opened without on a worker. */
import type { RouteTableHandle } from "../contract/route.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { RequestView } from "../contract/request-view.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { HostLookup } from "./host-lookup.ts";
import type { RouteChoice } from "./route.ts";
import { buildRouteIndex } from "./route-index.ts";
import type { RouteIndexArrays } from "./route-index.ts";
import { ALREADY_CHECKED } from "./route-context.ts";
import type { RouteContext } from "./route-context.ts";
import { compileTableLevel } from "./table-level.ts";
import type { TableLevel } from "./table-level.ts";
import { VirtualHost } from "./virtual-host.ts";

export class RouteTable {
  readonly level: TableLevel;
  readonly hosts: readonly VirtualHost[];
  private readonly lookup: HostLookup;

  constructor(config: RouteConfiguration, context: RouteContext, indexes: readonly RouteIndexArrays[] = []) {
    this.level = compileTableLevel(config, context);
    this.lookup = new HostLookup(config, context.diagnostics);
    this.hosts = (config.virtual_hosts ?? []).map((host, i) => new VirtualHost(host, this.level, context, indexes[i]));
  }

  /** The virtual host of a request. */
  virtualHost(headers: HeaderBlock): VirtualHost | undefined {
    return this.hosts[this.lookup.find(headers)];
  }

  /** The host text by which virtual hosts are looked up. */
  lookedUpHost(headers: HeaderBlock): string | null {
    return this.lookup.hostOf(headers);
  }

  /** Routes a request; `null`: no virtual host or no route (404). The choice holds until the headers it was made from change. */
  match(request: RequestView): RouteChoice | null {
    return this.virtualHost(request.headers)?.match(request) ?? null;
  }
}

/** Compiles a table and everything in it; every error is reported. */
export function compileRouteTable(config: RouteConfiguration, context: RouteContext): RouteTable {
  const table = new RouteTable(config, context);
  for (const host of table.hosts) host.linkAll();
  return table;
}

/** The indexes of a table, one a virtual host, for {@link openRouteTable}. */
export function buildRouteIndexes(config: RouteConfiguration): RouteIndexArrays[] {
  const ignoresParameters = config.ignore_path_parameters_in_path_matching === true;
  return (config.virtual_hosts ?? []).map((host) => buildRouteIndex((host.routes ?? []).map((route) => route.match ?? {}), ignoresParameters));
}

/** Opens a table that was compiled elsewhere: routes are linked when they are first hit. */
export function openRouteTable(config: RouteConfiguration, indexes: readonly RouteIndexArrays[], sources = ALREADY_CHECKED.sources): RouteTable {
  return new RouteTable(config, { ...ALREADY_CHECKED, sources }, indexes);
}

/** The table behind a handle, null while it has not come. */
export function tableOf(handle: RouteTableHandle): RouteTable | null {
  const table = handle.table();
  return table instanceof RouteTable ? table : null;
}
