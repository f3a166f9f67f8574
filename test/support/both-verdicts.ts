/** Small configurations that carry one thing at a time, and what Envoy and legate say of them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate } from "../../src/tools/validate.ts";
import { findEnvoy } from "./envoy-json.ts";

export type Json = { readonly [key: string]: unknown };

export const any = (type: string, fields: Json = {}): Json => ({ "@type": `type.googleapis.com/${type}`, ...fields });
export const ext = (type: string, fields?: Json): Json => ({ name: "x", typed_config: any(`envoy.extensions.${type}`, fields) });
export const ROUTER = ext("filters.http.router.v3.Router");

/** Fields of the parts of a bootstrap with one listener, one route and one cluster `a`; `action` is the route's, `filter` stands before the router. */
export interface Parts {
  readonly manager?: Json;
  readonly table?: Json;
  readonly host?: Json;
  readonly route?: Json;
  readonly action?: Json;
  readonly filter?: Json;
  readonly cluster?: Json;
  readonly listener?: Json;
  readonly bootstrap?: Json;
}

function bootstrap({ manager, table, host, route, action, filter, cluster, listener, bootstrap: more }: Parts): Json {
  const routes = [{ match: { prefix: "/" }, route: { cluster: "a", ...action }, ...route }];
  const route_config = { name: "r", virtual_hosts: [{ name: "v", domains: ["*"], routes, ...host }], ...table };
  const http_filters = [...(filter === undefined ? [] : [filter]), ROUTER];
  const hcm = ext("filters.network.http_connection_manager.v3.HttpConnectionManager", { stat_prefix: "x", http_filters, route_config, ...manager });
  const whole = { name: "l", address: { socket_address: { address: "127.0.0.1", port_value: 0 } }, filter_chains: [{ filters: [hcm] }], ...listener };
  return { static_resources: { listeners: [whole], clusters: [{ name: "a", connect_timeout: "1s", ...cluster }] }, ...more };
}

export const envoy: string | undefined = findEnvoy();
const check = compileCheck(ALL_EXTENSIONS);
let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** What Envoy and legate say, "" where the configuration is valid. */
export function verdicts(parts: Parts): readonly [theirs: string, ours: string] {
  const text = JSON.stringify(bootstrap(parts));
  const file = join((folder ??= mkdtempSync(join(tmpdir(), "verdicts-"))), "a.json");
  writeFileSync(file, text);
  const { status, stderr } = spawnSync(envoy ?? "", ["--mode", "validate", "-c", file, "-l", "critical"], { encoding: "utf8" });
  const { findings } = validate({ name: "a.json", bytes: new TextEncoder().encode(text) }, { check });
  const error = findings.find(({ severity }) => severity === "error");
  return [status === 0 ? "" : stderr, error === undefined ? "" : `${error.code} ${error.path}: ${error.message}`];
}
