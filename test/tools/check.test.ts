import { describe, expect, test } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { validate, type Validated } from "../../src/tools/validate.ts";

const check = compileCheck(ALL_EXTENSIONS);
const run = (text: string | Uint8Array, name = "test.yaml", unknownFields: "error" | "warning" = "error"): Validated =>
  validate({ name, bytes: typeof text === "string" ? new TextEncoder().encode(text) : text }, { check, unknownFields });
const codes = (text: string): string[] => run(text).findings.filter((f) => f.severity === "error").map((f) => f.code);

const listener = (routes: string): string => `static_resources:
  listeners:
    - name: l
      address: { socket_address: { address: 127.0.0.1, port_value: 80 } }
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: x
                route_config: { name: r, virtual_hosts: [{ name: v, domains: ["*"], routes: [${routes}] }] }
                http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]
`;

describe("validate compiles what it reads:", () => {
  test("a route to a cluster that the bootstrap lacks is an error, at the place of the name", () => {
    const { findings } = run(listener("{ match: { prefix: / }, route: { cluster: nowhere } }"));
    expect(findings.map((f) => [f.code, f.line])).toEqual([["LGT0502", 11]]);
  });

  test("in a document without a bootstrap no cluster is missed", () => {
    const document = listener("{ match: { prefix: / }, route: { cluster: nowhere } }").split("\n").slice(2).map((line) => line.slice(6)).join("\n");
    expect(run(document).document?.type).toBe("envoy.config.listener.v3.Listener");
    expect(codes(document)).toEqual([]);
  });

  test("two clusters of one name are an error", () => {
    expect(codes("static_resources: { clusters: [{ name: a }, { name: a }] }\n")).toEqual(["LGT0701"]);
  });

  test("files that are subscribed to are not opened and nothing in them is missed", () => {
    expect(codes("node: { id: a, cluster: b }\ndynamic_resources: { cds_config: { path_config_source: { path: /no/such/file.yaml } } }\n")).toEqual([]);
  });

  test("what Envoy knows and legate does not do is a note", () => {
    const { findings } = run("static_resources: { clusters: [{ name: a, preconnect_policy: { predictive_preconnect_ratio: 2 } }] }\n");
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) expect([finding.code, finding.severity]).toEqual(["LGT0901", "note"]);
  });
});
