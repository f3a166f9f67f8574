import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { migrate } from "../../src/tools/migrate.ts";

const check = compileCheck(ALL_EXTENSIONS);

function migrated(text: string, name = "a.yaml"): { text: string | undefined; changes: number; errors: string[] } {
  const { text: out, changes, findings } = migrate({ name, bytes: new TextEncoder().encode(text) }, { check });
  return { text: out, changes, errors: findings.filter((f) => f.severity === "error").map((f) => `${f.code} ${f.line}: ${f.message}`) };
}

describe("migrate", () => {
  test("keeps comments, the order of keys, and what was written in brackets", () => {
    expect(migrated(`# Two services

static_resources:   # all of it
  clusters:
  # the first
  - name: a   # called a
    connect_timeout: 0.25s
    # its one host
    hosts: [{ socket_address: { address: b.example.com, port_value: 80 } }]
    type: strict_dns
    metadata: { filter_metadata: { x: { pi: 3.14, big: 12345678901, yes: "yes", "no": 'no', text: "a: b" } } }
# the end
`).text).toBe(`# Two services
static_resources:  # all of it
  clusters:
  # the first
  - name: a  # called a
    connect_timeout: 0.25s
    # its one host
    load_assignment:
      cluster_name: a
      endpoints:
      - lb_endpoints:
        - { endpoint: { address: { socket_address: { address: b.example.com, port_value: 80 } } } }
    type: strict_dns
    metadata: { filter_metadata: { x: { pi: 3.14, big: 12345678901, yes: "yes", no: "no", text: "a: b" } } }
# the end
`);
  });

  test("blocks of text stay blocks", () => {
    const { text } = migrated('clusters: [{ name: a }]\nnode: { metadata: { code: "one\\n  two\\n\\nthree\\n", tail: "a \\nb", key with space: 1 } }\n');
    expect(text).toContain('code: "one\\n  two\\n\\nthree\\n"');
    const block = migrated("clusters: [{ name: a }]\nnode:\n  metadata:\n    code: |\n      one\n        two\n\n      three\n").text;
    expect(block).toContain("    code: |\n      one\n        two\n\n      three\n");
  });

  test("a document of v3 comes out as it is", () => {
    const text = "admin:\n  address:\n    socket_address: { address: 127.0.0.1, port_value: 1 }\n";
    expect(migrated(text)).toEqual({ text, changes: 0, errors: [] });
  });

  test("a DiscoveryResponse of v2 becomes one of v3", () => {
    const { text, errors } = migrated('resources: [{ "@type": type.googleapis.com/envoy.api.v2.ClusterLoadAssignment, cluster_name: a }]\n');
    expect([text, errors]).toEqual(['resources: [{ "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment, cluster_name: a }]\n', []]);
  });

  test("what cannot be read gives no text", () => {
    expect(migrated("a: [")).toMatchObject({ text: undefined, errors: [expect.stringContaining("LGT0101")] as unknown });
  });

  const folder = join(import.meta.dirname, "../differential/v2");
  test.each(readdirSync(folder))("%s: the result is valid, means the same when it is read again, and needs nothing more", (name) => {
    const first = migrated(readFileSync(join(folder, name), "utf8"), name);
    expect(first.errors).toEqual([]);
    expect(first.changes).toBeGreaterThan(0);
    expect(migrated(first.text ?? "")).toEqual({ text: first.text, changes: 0, errors: [] });
  });
});

describe("migrate --as-static", () => {
  const dump = {
    configs: [
      { "@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", bootstrap: { node: { id: "n", extensions: [{ name: "x" }] }, dynamic_resources: { cds_config: { path: "/a/b" } }, static_resources: { clusters: [{ name: "fixed" }] } } },
      { "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", dynamic_active_clusters: [{ cluster: { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "dyn", type: "EDS", eds_cluster_config: { eds_config: { path: "/a/e" } } } }] },
      { "@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump", dynamic_endpoint_configs: [{ endpoint_config: { cluster_name: "dyn", endpoints: [{ load_balancing_weight: 0, lb_endpoints: [{ health_status: "HEALTHY", endpoint: { address: { pipe: { path: "/s" } } } }] }] } }] },
      { "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", dynamic_route_configs: [{ route_config: { "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", name: "r", virtual_hosts: [] } }] },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
        dynamic_listeners: [{ active_state: { listener: { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener", name: "l", filter_chains: [{ filters: [{ name: "h", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", rds: { route_config_name: "r" } } }] }] } } }],
      },
    ],
  };

  test("what was discovered is written where it is used", () => {
    const { text = "" } = migrate({ name: "dump.json", bytes: new TextEncoder().encode(JSON.stringify(dump)) }, { check, asStatic: true });
    expect(parse(text)).toEqual({
      node: { id: "n" },
      static_resources: {
        listeners: [{ name: "l", filter_chains: [{ filters: [{ name: "h", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", route_config: { name: "r", virtual_hosts: [] } } }] }] }],
        clusters: [{ name: "fixed" }, { name: "dyn", type: "STATIC", load_assignment: { cluster_name: "dyn", endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: "/s" } } } }] }] } }],
      },
    });
  });
});
