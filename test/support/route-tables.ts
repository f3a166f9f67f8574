import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readMap } from "../../src/diagnostics/read-document.ts";
import { NO_RUNTIME, type RequestView } from "../../src/contract/request-view.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { NO_SOURCES } from "../../src/router/direct-response.ts";
import { compileRouteTable, type RouteTable } from "../../src/router/route-table.ts";
import { decodeMessage } from "../../src/schema/decode.ts";
import type { RouteConfiguration } from "../../src/schema/generated/envoy/config/route/v3.ts";

/** A route table from its YAML, the message, and the findings, one line each: `LGT0501 error: text`. */
export interface ReadTable {
  readonly table: RouteTable;
  readonly message: RouteConfiguration;
  readonly findings: readonly string[];
}

/** Decodes a RouteConfiguration from YAML. Throws where there is none. */
export function routeMessage(yaml: string, name = "routes.yaml"): { readonly message: RouteConfiguration; readonly findings: Findings } {
  const origins = new Origins();
  const findings = new Findings(origins);
  const document = readMap(name, yaml, { origins, diagnostics: findings });
  if (document === undefined) throw new Error(`${name} holds no document`);
  return { message: decodeMessage("envoy.config.route.v3.RouteConfiguration", document.root, { diagnostics: findings, origins }), findings };
}

/** Compiles a table from YAML; `clusters` are those that exist (all, if not given). */
export function routeTable(yaml: string, clusters?: readonly string[], files: Readonly<Record<string, string>> = {}): ReadTable {
  const { message, findings } = routeMessage(yaml);
  const table = compileRouteTable(message, {
    diagnostics: findings,
    sources: { ...NO_SOURCES, file: (path) => files[path] },
    hasCluster: clusters === undefined ? undefined : (cluster) => clusters.includes(cluster),
    validateClusters: clusters !== undefined,
  });
  return { table, message, findings: findings.resolve().map(({ code, severity, message }) => `${code} ${severity}: ${message}`) };
}

/** A request with these headers and nothing else. */
export function request(headers: readonly (readonly [string, string])[], facts: Partial<RequestView> = {}): RequestView {
  return { headers: HeaderBlock.of(headers), random: 0n, runtime: NO_RUNTIME, peer: undefined, metadata: {}, filterState: {}, ...facts };
}

/** A GET of a path on a host, over plain text. */
export function get(host: string, path: string, more: readonly (readonly [string, string])[] = []): RequestView {
  return request([[":authority", host], [":path", path], [":method", "GET"], [":scheme", "http"], ["x-forwarded-proto", "http"], ...more]);
}
