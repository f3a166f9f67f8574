/** Which resources a message wants from files: what `--follow` looks for in them. */
import type { ConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import { typeOf, V3, type Field } from "../schema/table.ts";
import { KINDS } from "./kind.ts";
import { fileOf } from "./subscriptions.ts";

/** A resource (any of its type, where it has no name) that a file should hold. */
export interface Wanted {
  readonly file: string;
  readonly type: string;
  readonly name: string | undefined;
  /** The message and field that ask for it. */
  readonly at: object;
  readonly key: string;
}

type Message = Readonly<Record<string, unknown>>;

/** Fields that hold a source, by their message: what is wanted from it, and under which name. */
const SOURCES: Readonly<Record<string, readonly (readonly [field: string, kind: string, name: (message: Message) => string | undefined])[]>> = {
  "envoy.config.bootstrap.v3.Bootstrap.DynamicResources": [["lds_config", "listener", () => undefined], ["cds_config", "cluster", () => undefined]],
  "envoy.extensions.filters.network.http_connection_manager.v3.Rds": [["config_source", "route", ({ route_config_name: name }) => String(name ?? "")]],
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRds": [["scoped_rds_config_source", "scoped_route", () => undefined]],
  "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes": [["rds_config_source", "route", () => undefined]],
  "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": [["sds_config", "secret", ({ name }) => String(name ?? "")]],
  "envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer": [["rtds_config", "runtime", ({ name }) => String(name ?? "")]],
};

/** Everything that a decoded message wants from files, in the order of its fields. */
export function wantedBy(type: string, message: object): Wanted[] {
  const found: Wanted[] = [];
  visit(type, message as Message, found);
  return found;
}

function visit(type: string, message: Message, found: Wanted[]): void {
  for (const [field, kind, nameOf] of SOURCES[type] ?? []) want(message, field, message[field] as ConfigSource | undefined, kind, nameOf(message), found);
  if (type === KINDS["cluster"]) wantEndpoints(message, found);
  const fields = V3.message(type)?.byName;
  for (const [key, value] of Object.entries(message)) {
    const field = fields?.get(key);
    if (field !== undefined && typeof value === "object" && value !== null) visitField(field, value, found);
  }
}

function wantEndpoints(cluster: Message, found: Wanted[]): void {
  const eds = cluster["eds_cluster_config"] as { readonly eds_config?: ConfigSource; readonly service_name?: string } | undefined;
  if (cluster["type"] === "EDS" && eds !== undefined) want(eds, "eds_config", eds.eds_config, "endpoints", eds.service_name ?? String(cluster["name"] ?? ""), found);
}

function want(at: object, key: string, source: ConfigSource | undefined, kind: string, name: string | undefined, found: Wanted[]): void {
  const file = fileOf(source);
  if (file !== undefined) found.push({ file, type: KINDS[kind] ?? "", name, at, key });
}

function visitField(field: Field, value: object, found: Wanted[]): void {
  const items: readonly unknown[] = field.list ? (value as readonly unknown[]) : field.mapKey === undefined ? [value] : Object.values(value);
  for (const item of items) {
    if (typeof item !== "object" || item === null) continue;
    if (field.shape === "message") visit(field.type ?? "", item as Message, found);
    else if (field.shape === "any") visit(typeOf(String((item as Message)["@type"])) ?? "", item as Message, found);
  }
}
