/** A virtual host: its routes, linked when they are first asked, behind an index; or a matcher tree that leads to routes. */
import { HeaderBlock } from "../http/header-block.ts";
import { PATH, X_ENVOY_INTERNAL, X_FORWARDED_PROTO } from "../http/names.ts";
import { compileHeaderTree, type HeaderTree } from "../match/inputs/input-tree.ts";
import { barePath, comparedPath } from "../match/path-matcher.ts";
import { NO_RUNTIME, type RequestView, type RuntimeView } from "../contract/request-view.ts";
import type { Route as RouteMessage, RouteList } from "../schema/generated/envoy/config/route/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";
import { compileHostLevel } from "./host-level.ts";
import type { HostLevel } from "./host-level.ts";
import { compileRoute } from "./route.ts";
import type { Route, RouteChoice } from "./route.ts";
import { RouteIndex } from "./route-index.ts";
import type { Acceptor } from "./route-index.ts";
import type { RouteContext } from "./route-context.ts";
import type { TableLevel } from "./table-level.ts";
import type { HostSource } from "./table-source.ts";

export const honours = { "envoy.config.route.v3.RouteList": ["routes"] } as const;

const ROUTE = "type.googleapis.com/envoy.config.route.v3.Route";
const ROUTE_LIST = "type.googleapis.com/envoy.config.route.v3.RouteList";

/** Why a request got its route, or none, before any route was asked. */
export type Gate = "open" | "no x-forwarded-proto" | "tls redirect";

export class VirtualHost implements Acceptor<RequestView> {
  readonly level: HostLevel;
  private readonly source: HostSource;
  private readonly routes: (Route | undefined)[];
  private readonly context: RouteContext;
  private readonly choices: (RouteChoice | undefined)[];
  private readonly tlsRedirect: RouteChoice;
  private index: RouteIndex | undefined;
  private tree: HeaderTree<readonly Route[]> | undefined;
  /** What the tree looks at, the same object for every request. */
  private readonly subject: { requestHeaders: HeaderBlock; runtime: RuntimeView } = { requestHeaders: new HeaderBlock(), runtime: NO_RUNTIME };
  private compared: string | null = null;
  private bare: string | null = null;

  constructor(source: HostSource, table: TableLevel, context: RouteContext) {
    this.level = compileHostLevel(source.message, source.count, table, context);
    this.source = source;
    this.routes = Array.from({ length: source.count });
    this.choices = Array.from({ length: source.count });
    this.context = context;
    this.tlsRedirect = { kind: "redirect", host: this.level, route: undefined, cluster: "", entry: undefined };
  }

  /** Compiles everything, so that every error is reported. */
  linkAll(): void {
    for (let id = 0; id < this.source.count; id++) this.route(id);
    if (this.level.message.matcher !== undefined) this.matchTree();
  }

  /** A route by its place in the configuration. */
  route(id: number): Route {
    const linked = this.routes[id];
    if (linked !== undefined) return linked;
    const route = compileRoute(this.source.route(id), this.level, true, this.context);
    this.routes[id] = route;
    return route;
  }

  /** What stands before the routes: require_tls, and a request without x-forwarded-proto has no route at all. */
  gate(headers: HeaderBlock): Gate {
    const protocol = headers.get(X_FORWARDED_PROTO) ?? "";
    if (protocol === "") return "no x-forwarded-proto";
    if (this.level.requireTls === "NONE" || protocol === "https") return "open";
    return this.level.requireTls === "EXTERNAL_ONLY" && headers.get(X_ENVOY_INTERNAL) === "true" ? "open" : "tls redirect";
  }

  /** The route of a request, `null` if none matches. */
  match(request: RequestView): RouteChoice | null {
    const gate = this.gate(request.headers);
    if (gate !== "open") return gate === "tls redirect" ? this.tlsRedirect : null;
    this.cutPath(request.headers);
    if (this.level.message.matcher !== undefined) return this.matchCandidates(this.candidates(request), request);
    this.index ??= new RouteIndex(this.source.index());
    const id = this.index.find(this.compared, request.headers, this, request);
    return id < 0 ? null : this.chosen(id, request);
  }

  /** The same answer without the index. */
  scan(request: RequestView): RouteChoice | null {
    const gate = this.gate(request.headers);
    if (gate !== "open") return gate === "tls redirect" ? this.tlsRedirect : null;
    this.cutPath(request.headers);
    return this.matchCandidates(this.candidates(request), request);
  }

  /** The routes that are asked one by one, in order: all, or those that the matcher tree leads to. */
  candidates(request: RequestView): readonly Route[] {
    if (this.level.message.matcher !== undefined) {
      this.subject.requestHeaders = request.headers;
      this.subject.runtime = request.runtime;
      return this.matchTree()(this.subject) ?? [];
    }
    return this.routes.map((_route, id) => this.route(id));
  }

  accepts(id: number, request: RequestView): boolean {
    return this.route(id).conditions.match(request, this.compared, this.bare);
  }

  /** The choice that a matching route makes for a request. */
  choose(route: Route, request: RequestView): RouteChoice {
    const { cluster, entry } = route.forward?.clusters.choose(request) ?? NO_CLUSTER;
    return { kind: route.kind, host: this.level, route, cluster, entry };
  }

  /** As `choose`; a choice that is the same for every request is made once. */
  private chosen(id: number, request: RequestView): RouteChoice {
    const kept = this.choices[id];
    if (kept !== undefined) return kept;
    const route = this.route(id);
    const choice = this.choose(route, request);
    if (route.forward === undefined || route.forward.message.cluster !== undefined) this.choices[id] = choice;
    return choice;
  }

  private matchCandidates(candidates: readonly Route[], request: RequestView): RouteChoice | null {
    const route = candidates.find((candidate) => candidate.conditions.match(request, this.compared, this.bare));
    return route === undefined ? null : this.choose(route, request);
  }

  private cutPath(headers: HeaderBlock): void {
    const path = headers.get(PATH);
    this.bare = path === null ? null : barePath(path);
    this.compared = path === null || !this.level.table.ignorePathParameters ? this.bare : comparedPath(path, true);
  }

  private matchTree(): HeaderTree<readonly Route[]> {
    this.tree ??= compileHeaderTree(this.level.message.matcher ?? {}, (config, at) => this.treeAction(config, at), this.context.diagnostics);
    return this.tree;
  }

  private treeAction(config: Any, at: object): readonly Route[] | undefined {
    if (config["@type"] === ROUTE) return [compileRoute(config as RouteMessage, this.level, false, this.context)];
    if (config["@type"] === ROUTE_LIST) return ((config as RouteList).routes ?? []).map((route) => compileRoute(route, this.level, false, this.context));
    this.context.diagnostics.report({ code: "LGT0564", at, message: `the action of a route's matcher tree must be Route or RouteList, not ${config["@type"]}` });
    return undefined;
  }
}

const NO_CLUSTER = { cluster: "", entry: undefined } as const;
