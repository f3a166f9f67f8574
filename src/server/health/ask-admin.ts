/** Asks a running proxy (legate or Envoy) how it is: `/ready`, and its clusters' hosts as it sees them. */
import { Buffer } from "node:buffer";
import { HeaderBlock } from "../../http/header-block.ts";
import type { SocketAddress } from "../../platform/address.ts";
import type { Resolver } from "../../platform/dns.ts";
import { type AdminPlace, adminText } from "./admin-address.ts";
import { exchange, type ExchangeAnswer, type Network } from "./exchange.ts";
import { hostsOfClusters } from "./running-hosts.ts";
import type { Result } from "./result.ts";

export interface AdminAnswer {
  readonly ready: boolean;
  /** `LIVE`, `INITIALIZING`, `DRAINING`, ..., or why there is no answer. */
  readonly state: string;
  readonly latencyMs: number;
  /** Hosts as the proxy sees them; null where it did not say. */
  readonly hosts: readonly Result[] | null;
  /** Why `hosts` is null, "" otherwise. */
  readonly hostsProblem: string;
}

/** Bytes of `/clusters?format=json` that are read: some hundred thousand hosts. */
const MOST_CLUSTERS = 256 << 20;

/** `timeoutMs` is for all of it. Never rejects. */
export async function askAdmin(network: Network, resolver: Resolver, place: AdminPlace, timeoutMs: number): Promise<AdminAnswer> {
  const end = network.clock.now() + timeoutMs;
  const address = await resolved(resolver, place, timeoutMs);
  if (typeof address === "string") return silent(address, 0);
  const get = (path: string, keepBytes: number): Promise<ExchangeAnswer> => {
    const head = HeaderBlock.of([[":method", "GET"], [":path", path], [":authority", place.kind === "pipe" ? "localhost" : adminText(place)], ["user-agent", "legate/health"]]);
    return exchange(network, { address, head, body: Buffer.alloc(0), timeoutMs: Math.max(1, Math.ceil(end - network.clock.now())), keepBytes });
  };
  const ready = await get("/ready", 1024);
  if ("failure" in ready) return silent(ready.failure, ready.ms);
  const state = ready.body.toString("latin1").trim();
  const facts = { ready: ready.head.status === 200 && state === "LIVE", state: stateText(ready.head.status, state), latencyMs: ready.ms };
  const clusters = await get("/clusters?format=json", MOST_CLUSTERS);
  if ("failure" in clusters) return { ...facts, hosts: null, hostsProblem: `/clusters: ${clusters.failure}` };
  if (clusters.head.status !== 200) return { ...facts, hosts: null, hostsProblem: `/clusters: status ${clusters.head.status}` };
  const hosts = clusters.truncated ? null : hostsOfClusters(clusters.body.toString("utf8"));
  return { ...facts, hosts, hostsProblem: hosts === null ? "/clusters: the answer is not what Envoy's is" : "" };
}

async function resolved(resolver: Resolver, place: AdminPlace, timeoutMs: number): Promise<SocketAddress | string> {
  if (place.kind !== "name") return place;
  const found = await resolver.resolve(place.name, "V4_PREFERRED", { timeoutMs });
  const [ip] = "error" in found ? [] : found.addresses;
  return ip === undefined ? `the name does not resolve: ${"error" in found ? found.error : place.name}` : { kind: "ip", ip, port: place.port };
}

function silent(state: string, latencyMs: number): AdminAnswer {
  return { ready: false, state, latencyMs, hosts: null, hostsProblem: state };
}

/** The states of Envoy's server are words of capitals; what else an address answers is not an admin listener's. */
function stateText(status: number, state: string): string {
  if (/^[A-Z_]+$/.test(state)) return state;
  return `status ${status}, which is no answer of an admin listener`;
}
