/** A route table: a RouteConfiguration ready to route. Compiled with diagnostics on the control side, opened without on a worker. */
import type { RouteTableHandle } from "../contract/route.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { RequestView } from "../contract/request-view.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { HostLookup } from "./host-lookup.ts";
import type { RouteChoice } from "./route.ts";
import { ALREADY_CHECKED } from "./route-context.ts";
import type { RouteContext } from "./route-context.ts";
import { compileTableLevel } from "./table-level.ts";
import type { TableLevel } from "./table-level.ts";
import { MessageTable, type TableSource } from "./table-source.ts";
import { VirtualHost } from "./virtual-host.ts";

export class RouteTable {
  readonly level: TableLevel;
  /** Made when they are first asked for. */
  private readonly opened: (VirtualHost | undefined)[];
  private readonly source: TableSource;
  private readonly context: RouteContext;
  private readonly lookup: HostLookup;

  constructor(source: TableSource, context: RouteContext) {
    this.source = source;
    this.context = context;
    this.level = compileTableLevel(source.message, context);
    this.lookup = new HostLookup(source.message, source.domains(), context.diagnostics);
    this.opened = Array.from({ length: source.count });
  }

  /** A virtual host by its place in the table. */
  host(id: number): VirtualHost {
    return (this.opened[id] ??= new VirtualHost(this.source.host(id), this.level, this.context));
  }

  get hosts(): readonly VirtualHost[] {
    return this.opened.map((_host, id) => this.host(id));
  }

  /** The virtual host of a request. */
  virtualHost(headers: HeaderBlock): VirtualHost | undefined {
    const id = this.lookup.find(headers);
    return id < 0 ? undefined : this.host(id);
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
  const table = new RouteTable(new MessageTable(config), context);
  for (const host of table.hosts) host.linkAll();
  return table;
}

/** Opens a table that was compiled elsewhere: hosts and routes are linked when they are first hit. */
export function openRouteTable(source: TableSource): RouteTable {
  return new RouteTable(source, { ...ALREADY_CHECKED, sources: source.bodies });
}

/** The table behind a handle, null while it has not come. */
export function tableOf(handle: RouteTableHandle): RouteTable | null {
  const table = handle.table();
  return table instanceof RouteTable ? table : null;
}
