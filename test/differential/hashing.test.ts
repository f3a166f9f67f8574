import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { xxHash64 } from "../../src/base/xxhash64.ts";
import type { Host } from "../../src/contract/host.ts";
import { formatAddress } from "../../src/platform/address.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { compileEndpoints } from "../../src/upstream/endpoints.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { HOST_SHAPE } from "../../src/upstream/cluster-stats.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { givenWith } from "../contract/load-balancer.suite.ts";
import { freePorts } from "../support/ports.ts";
import { referenceCommand, Subject } from "../support/subject.ts";

/** Requests by which each policy is compared. */
const KEYS = 10_000;

interface Setting {
  readonly policy: string;
  readonly hosts: number;
  /** Fields of each endpoint. */
  readonly more?: (i: number) => string;
  /** Fields of each locality; one for all hosts unless given. */
  readonly localities?: readonly string[];
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  "RING_HASH": { policy: "lb_policy: RING_HASH", hosts: 7 },
  "RING_HASH with weights": { policy: "lb_policy: RING_HASH, ring_hash_lb_config: { minimum_ring_size: 333 }", hosts: 9, more: (i) => `, load_balancing_weight: ${1 + (i % 4)}` },
  "RING_HASH with MURMUR_HASH_2": { policy: "lb_policy: RING_HASH, ring_hash_lb_config: { hash_function: MURMUR_HASH_2, minimum_ring_size: 100, maximum_ring_size: 150 }", hosts: 11 },
  "RING_HASH with hash keys": { policy: "lb_policy: RING_HASH", hosts: 5, more: (i) => `, metadata: { filter_metadata: { envoy.lb: { hash_key: "key ü ${i} of a length that needs more than thirty-two bytes" } } }` },
  "RING_HASH with unhealthy hosts": { policy: "lb_policy: RING_HASH", hosts: 8, more: (i) => (i % 3 === 0 ? ", health_status: UNHEALTHY" : "") },
  "RING_HASH in a panic": { policy: "lb_policy: RING_HASH", hosts: 8, more: (i) => (i % 4 === 0 ? "" : ", health_status: UNHEALTHY") },
  "RING_HASH by localities": { policy: "lb_policy: RING_HASH, common_lb_config: { locality_weighted_lb_config: {} }", hosts: 9, localities: ["locality: { zone: a }, load_balancing_weight: 3", "locality: { zone: c }, load_balancing_weight: 1", "locality: { zone: b }, load_balancing_weight: 2"] },
  "RING_HASH over priorities": { policy: "lb_policy: RING_HASH", hosts: 9, more: (i) => (i % 3 === 0 && i < 8 ? ", health_status: UNHEALTHY" : i === 1 ? ", health_status: DEGRADED" : ""), localities: ["priority: 0", "priority: 1", "priority: 2"] },
  "MAGLEV": { policy: "lb_policy: MAGLEV", hosts: 7 },
  "MAGLEV of a small table": { policy: "lb_policy: MAGLEV, maglev_lb_config: { table_size: 1009 }", hosts: 13 },
  "MAGLEV with weights": { policy: "lb_policy: MAGLEV, maglev_lb_config: { table_size: 5003 }", hosts: 13, more: (i) => `, load_balancing_weight: ${1 + ((i * 7) % 5)}` },
  "MAGLEV of one host": { policy: "lb_policy: MAGLEV", hosts: 1 },
  "MAGLEV by localities": { policy: "lb_policy: MAGLEV, common_lb_config: { locality_weighted_lb_config: {} }", hosts: 9, localities: ["locality: { zone: a }, load_balancing_weight: 3", "locality: { zone: c }", "locality: { zone: b }, load_balancing_weight: 2"] },
  "the extension ring_hash": { policy: `load_balancing_policy: { policies: [{ typed_extension_config: { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash, hash_function: MURMUR_HASH_2, minimum_ring_size: 50 } } }] }`, hosts: 6 },
  "the extension maglev": { policy: `load_balancing_policy: { policies: [{ typed_extension_config: { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev, table_size: 211 } } }] }`, hosts: 6 },
};

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of hashing balancers: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  describe("the host of a hash is Envoy's", () => {
    const folder = mkdtempSync(join(tmpdir(), "legate-hashing-"));
    const names = Object.keys(SETTINGS);
    const clusters = new Map<string, Cluster>();
    let server: Server;
    let envoy: Subject | undefined;
    let port = 0;

    beforeAll(async () => {
      const [admin = 0, listener = 0, hosts = 0] = await freePorts(3);
      port = listener;
      server = createServer((socket) => serve(socket));
      await new Promise<void>((done) => server.listen(hosts, "0.0.0.0", done));
      const texts = names.map((name, i) => clusterText(`c${i}`, SETTINGS[name] as Setting, hosts));
      texts.forEach((text, i) => clusters.set(names[i] as string, parse(text) as Cluster));
      const file = join(folder, "envoy.yaml");
      writeFileSync(file, bootstrapText(admin, listener, texts));
      envoy = await Subject.start(reference, file, admin);
    });

    afterAll(async () => {
      await envoy?.stop();
      server.close();
      rmSync(folder, { recursive: true });
    });

    test.each(names)("%s", async (name) => {
      const theirs = await ask(port, names.indexOf(name));
      const cluster = clusters.get(name) as Cluster;
      const silent = { report: (): void => undefined };
      const { hosts, policy } = compileEndpoints(cluster.load_assignment, false, silent);
      const stats = new LocalStats();
      const balancer = compileBalancing(cluster, silent)(givenWith(1));
      balancer.update(hostSetsOf(hosts.map((spec): Host => ({ ...spec, metadata: spec.metadata ?? {}, healthySince: 0, stats: stats.block(`.${formatAddress(spec.address)}`, HOST_SHAPE) })), policy));
      const ours = Array.from({ length: KEYS }, (_, i) => formatAddress((balancer.choose({ hash: xxHash64(keyOf(i)) }) as Host).address));
      const different = ours.map((host, i) => `${keyOf(i)}: ${theirs[i]} / ${host}`).filter((_, i) => ours[i] !== theirs[i]);
      expect([theirs.length, different.length, different.slice(0, 5)]).toEqual([KEYS, 0, []]);
      expect(new Set(ours).size).toBeGreaterThan((SETTINGS[name] as Setting).hosts === 1 ? 0 : 1);
    }, 60_000);
  });
}

function keyOf(i: number): string {
  return `key-${i}`;
}

function clusterText(name: string, { policy, hosts, more, localities = [""] }: Setting, port: number): string {
  const endpoints = Array.from({ length: hosts }, (_, i) => `{ endpoint: { address: { socket_address: { address: 127.0.1.${i + 1}, port_value: ${port} } } }${more?.(i) ?? ""} }`);
  const groups = localities.map((fields, at) => `{ ${fields}${fields === "" ? "" : ", "}lb_endpoints: [${endpoints.filter((_, i) => i % localities.length === at).join(", ")}] }`);
  return `{ name: ${name}, circuit_breakers: { thresholds: [{ max_requests: 100000, max_pending_requests: 100000, max_connections: 100000 }] }, ${policy}, load_assignment: { cluster_name: ${name}, endpoints: [${groups.join(", ")}] } }`;
}

function bootstrapText(admin: number, listener: number, clusters: readonly string[]): string {
  const routes = clusters.map((_, i) => `{ match: { path: /${i} }, route: { cluster: c${i}, hash_policy: [{ header: { header_name: x-key } }] } }`);
  return `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }
static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: ${listener} } }
    filter_chains: [{ filters: [{ name: hcm, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: l,
      route_config: { response_headers_to_add: [{ header: { key: x-at, value: "%UPSTREAM_REMOTE_ADDRESS%" } }], virtual_hosts: [{ name: v, domains: ["*"], routes: [${routes.join(", ")}] }] },
      http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] } }] }]
  clusters:
${clusters.map((text) => `  - ${text}`).join("\n")}
`;
}

/** Answers each request; they come one by one. */
function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    if (chunk.toString("latin1").endsWith("\r\n\r\n")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  socket.on("error", () => socket.destroy());
}

/** Where each key goes: requests one behind the other on one connection. */
async function ask(port: number, cluster: number): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((done) => socket.once("connect", () => done()));
  let text = "";
  let count = 0;
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk) => {
      const piece = chunk.toString("latin1");
      text += piece;
      count += piece.split("\r\n\r\n").length - 1; // bodies are empty
      if (count >= KEYS) resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  for (let i = 0; i < KEYS; i++) socket.write(`GET /${cluster} HTTP/1.1\r\nhost: h\r\nx-key: ${keyOf(i)}\r\n\r\n`);
  await done;
  socket.destroy();
  return [...text.matchAll(/x-at: (\S+)\r/g)].map((match) => match[1] as string);
}
