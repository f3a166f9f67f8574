/** What Envoy rejects about a bootstrap as a whole (envoy-semantics 13.8). */
import { optionalMs } from "../base/duration.ts";
import { canonicalIp } from "../base/ip-text.ts";
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { extensionByType } from "../schema/extensions.ts";
import { typeOf } from "../schema/table.ts";
import { BOOTSTRAP } from "./kind.ts";

const FLUSH_MS = 5_000;

function checkStats(bootstrap: Bootstrap, refuse: Refuse): void {
  if (bootstrap.stats_flush_on_admin !== undefined && bootstrap.stats_flush_interval !== undefined) {
    refuse(bootstrap, "stats_flush_on_admin", "only one of stats_flush_interval and stats_flush_on_admin can be set");
  }
  const eviction = optionalMs(bootstrap.stats_eviction_interval) ?? 0;
  const flush = optionalMs(bootstrap.stats_flush_interval) ?? FLUSH_MS;
  if (flush > 0 && eviction % flush !== 0) refuse(bootstrap, "stats_eviction_interval", "stats_eviction_interval must be a multiple of stats_flush_interval");
}

/** Formats of JSON logs may not use the flags that would break the JSON. */
function checkLogFormat(bootstrap: Bootstrap, refuse: Refuse): void {
  const format = bootstrap.application_log_config?.log_format?.json_format;
  if (format === undefined) return;
  const flag = /%[v_]/.exec(JSON.stringify(format))?.[0];
  if (flag !== undefined) refuse(bootstrap.application_log_config?.log_format as object, "json_format", `${flag} cannot be used in JSON log formats`);
}

function checkNames(bootstrap: Bootstrap, refuse: Refuse): void {
  for (const header of bootstrap.inline_headers ?? []) {
    if (header.inline_header_name?.toLowerCase() === "set-cookie") refuse(header, "inline_header_name", "set-cookie cannot be registered as an inline header");
  }
  const manager = bootstrap.cluster_manager;
  const local = manager?.local_cluster_name ?? "";
  if (local !== "" && !(bootstrap.static_resources?.clusters ?? []).some((cluster) => cluster.name === local)) refuse(manager as object, "local_cluster_name", `the local cluster '${local}' is not among the static clusters`);
  if (bootstrap.watchdog !== undefined && bootstrap.watchdogs !== undefined) refuse(bootstrap, "watchdog", "only one of watchdog and watchdogs can be set");
}

function checkAdmin(bootstrap: Bootstrap, refuse: Refuse): void {
  const socket = bootstrap.admin?.address?.socket_address;
  if (socket !== undefined && (socket.resolver_name ?? "") === "" && canonicalIp(socket.address ?? "") === null) refuse(socket, "address", `'${socket.address ?? ""}' is not an IP address`);
}

function checkSecrets(bootstrap: Bootstrap, refuse: Refuse): void {
  for (const secret of bootstrap.static_resources?.secrets ?? []) {
    const kinds = [secret.tls_certificate, secret.validation_context, secret.session_ticket_keys, secret.generic_secret];
    if (kinds.every((kind) => kind === undefined)) refuse(secret, undefined, `secret '${secret.name ?? ""}' is of no kind: it holds nothing`);
  }
}

/** Envoy looks the tracer up and does not make it when it validates. */
function checkTracer(bootstrap: Bootstrap, refuse: Refuse): void {
  const http = bootstrap.tracing?.http;
  if (http === undefined) return;
  const type = typeOf(http.typed_config?.["@type"] ?? "");
  if (type === undefined || extensionByType("envoy.tracers", type) === undefined) refuse(http, "typed_config", `${type === undefined ? `'${http.name ?? ""}' without typed_config` : type} is no tracer of Envoy's`);
}

/** Values of a static layer are texts, numbers, booleans and maps of them. */
function checkLayer(values: object, prefix: string, refuse: Refuse): void {
  for (const [key, value] of Object.entries(values)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (value === null || Array.isArray(value)) refuse(values, key, `${name} must be a text, a number, a boolean or a map`);
    else if (typeof value === "object") checkLayer(value as object, name, refuse);
  }
}

export const BOOTSTRAP_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0805", BOOTSTRAP, (bootstrap: Bootstrap, refuse) => {
    checkStats(bootstrap, refuse);
    checkLogFormat(bootstrap, refuse);
    checkNames(bootstrap, refuse);
    checkAdmin(bootstrap, refuse);
    checkTracer(bootstrap, refuse);
    checkSecrets(bootstrap, refuse);
  }),
  refusals("LGT0804", "envoy.config.bootstrap.v3.LayeredRuntime", (runtime, refuse) => {
    const names = new Set<string>();
    let admin = false;
    for (const layer of runtime.layers ?? []) {
      const name = layer.name ?? "";
      if (names.has(name)) refuse(layer, "name", `there is already a layer named '${name}'`);
      names.add(name);
      if (layer.admin_layer !== undefined && admin) refuse(layer, "admin_layer", "there may be one admin layer only");
      admin ||= layer.admin_layer !== undefined;
      if (layer.static_layer !== undefined) checkLayer(layer.static_layer, "", refuse);
    }
  }),
];
