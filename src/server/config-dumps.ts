/** The parts of `/config_dump`: one message a kind of configuration, in canonical JSON, secrets blotted out. */
import { encodeMessage } from "../schema/encode.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { nodeOf } from "./admin-node.ts";
import type { AdminState, LiveResource } from "./admin-state.ts";
import { endpointsDump } from "./dump-endpoints.ts";
import { isInlineTable, withInlineTables } from "./dump-listeners.ts";
import { discoveredScopes, inlineScopes, isScopeTable } from "./dump-scopes.ts";

type Json = Record<string, unknown>;

export interface ConfigPart {
  /** `envoy.admin.v3.ClustersConfigDump` */
  readonly type: string;
  /** `named`: which resources are asked for. */
  make(state: AdminState, named: (name: string) => boolean): Json;
}

const CLUSTER = "envoy.config.cluster.v3.Cluster";
const LISTENER = "envoy.config.listener.v3.Listener";
const ROUTES = "envoy.config.route.v3.RouteConfiguration";
const SECRET = "envoy.extensions.transport_sockets.tls.v3.Secret";

/** In Envoy's order. Endpoints are shown only where they are asked for. */
export const CONFIG_PARTS: readonly ConfigPart[] = [
  { type: "envoy.admin.v3.BootstrapConfigDump", make: bootstrapDump },
  { type: "envoy.admin.v3.ClustersConfigDump", make: clustersDump },
  { type: "envoy.admin.v3.EndpointsConfigDump", make: endpointsDump },
  { type: "envoy.admin.v3.ListenersConfigDump", make: listenersDump },
  { type: "envoy.admin.v3.ScopedRoutesConfigDump", make: scopesDump },
  { type: "envoy.admin.v3.RoutesConfigDump", make: routesDump },
  { type: "envoy.admin.v3.SecretsConfigDump", make: secretsDump },
];

function bootstrapDump(state: AdminState): Json {
  const bootstrap = bootstrapOf(state);
  const { node: _, ...rest } = encoded("envoy.config.bootstrap.v3.Bootstrap", bootstrap);
  return { bootstrap: { node: nodeOf(state, bootstrap), ...rest }, last_updated: timeText(state.started) };
}

function clustersDump(state: AdminState, named: (name: string) => boolean): Json {
  const live = ofType(state, "cluster").filter(({ resource }) => named(resource.name)).sort(byName);
  const item = (entry: LiveResource): Json => ({ cluster: any(CLUSTER, JSON.parse(entry.resource.text) as object), last_updated: timeText(entry.updated) });
  return lists({ static_clusters: live.filter(isFixed).map(item), dynamic_active_clusters: live.filter((entry) => !isFixed(entry)).map(item) });
}

/** Route tables by their names. */
function tablesOf(state: AdminState): (name: string) => RouteConfiguration | undefined {
  const tables = new Map(ofType(state, "route").map(({ resource }) => [resource.name, resource.text]));
  return (name) => {
    const text = tables.get(name);
    return text === undefined ? undefined : (JSON.parse(text) as RouteConfiguration);
  };
}

function scopesDump(state: AdminState, named: (name: string) => boolean): Json {
  const tableOf = tablesOf(state);
  const configs = ofType(state, "listener").flatMap(({ resource, updated }) => inlineScopes(JSON.parse(resource.text) as Listener, tableOf).map((scoped) => ({ ...scoped, last_updated: timeText(updated) })));
  return lists({ inline_scoped_route_configs: configs.filter(({ name }) => named(name)), dynamic_scoped_route_configs: discovered(state, tableOf).filter(({ name }) => named(String(name))) });
}

/** Managers that discover the same scopes under one name are shown once. */
function discovered(state: AdminState, tableOf: (name: string) => RouteConfiguration | undefined): Json[] {
  const scopes = new Map(ofType(state, "scopes").map((entry) => [entry.resource.name, entry]));
  const found = new Map<string, Json>();
  for (const { resource } of ofType(state, "listener")) {
    for (const { from, ...shown } of discoveredScopes(JSON.parse(resource.text) as Listener, (name) => scopes.get(name), tableOf)) {
      found.set(`${shown.name}\n${from.resource.name}`, { ...shown, last_updated: timeText(from.updated) });
    }
  }
  return [...found.values()];
}

function listenersDump(state: AdminState, named: (name: string) => boolean): Json {
  const tableOf = tablesOf(state);
  const live = ofType(state, "listener").filter(({ resource }) => named(resource.name));
  const item = (entry: LiveResource): Json => ({
    listener: any(LISTENER, withInlineTables(JSON.parse(entry.resource.text) as Listener, tableOf)), last_updated: timeText(entry.updated),
  });
  return lists({
    static_listeners: live.filter(isFixed).map(item),
    dynamic_listeners: live.filter((entry) => !isFixed(entry)).map((entry) => ({ name: entry.resource.name, active_state: item(entry) })),
  });
}

function routesDump(state: AdminState, named: (name: string) => boolean): Json {
  const live = ofType(state, "route").filter((entry) => !isScopeTable(entry)).map((entry) => ({ entry, message: JSON.parse(entry.resource.text) as RouteConfiguration })).filter(({ message }) => named(message.name ?? ""));
  const item = ({ entry, message }: (typeof live)[number]): Json => ({ route_config: any(ROUTES, message), last_updated: timeText(entry.updated) });
  return lists({
    static_route_configs: live.filter(({ entry }) => isInlineTable(entry)).map(item),
    dynamic_route_configs: live.filter(({ entry }) => !isInlineTable(entry)).map(item),
  });
}

function secretsDump(state: AdminState, named: (name: string) => boolean): Json {
  const secrets = (bootstrapOf(state).static_resources?.secrets ?? []).filter((secret) => named(secret.name ?? ""));
  return lists({ static_secrets: secrets.map((secret) => ({ name: secret.name, secret: any(SECRET, secret) })) });
}

function bootstrapOf(state: AdminState): Bootstrap {
  const text = state.bootstrap();
  return text === "" ? {} : (JSON.parse(text) as Bootstrap);
}

function ofType(state: AdminState, type: LiveResource["resource"]["type"]): LiveResource[] {
  return state.resources().filter(({ resource }) => resource.type === type);
}

/** Envoy keeps clusters by name. */
function byName(a: LiveResource, b: LiveResource): number {
  return a.resource.name < b.resource.name ? -1 : 1;
}

function isFixed({ resource }: LiveResource): boolean {
  return resource.fixed;
}

function any(type: string, message: object): Json {
  return { "@type": `type.googleapis.com/${type}`, ...encoded(type, message) };
}

function encoded(type: string, message: object): Json {
  return encodeMessage(type, message, { redact: true, byNumber: true });
}

/** Empty lists are unset. */
function lists(fields: Readonly<Record<string, readonly object[]>>): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, items]) => items.length > 0));
}

/** RFC 3339 in UTC; no fraction where it is zero. */
function timeText(wall: number): string {
  return new Date(wall).toISOString().replace(".000Z", "Z");
}
