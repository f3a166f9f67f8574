/** What a route that forwards does besides: the request's hash, the host it leads to where that is certain, copies of the request. */
import { canonicalIp } from "../base/ip-text.ts";
import { fromWire } from "../base/wire-text.ts";
import { isUnhealthy } from "../contract/host-health.ts";
import type { Host } from "../contract/host.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import { NO_RUNTIME, type RequestView } from "../contract/request-view.ts";
import { currentFraction } from "../match/fraction.ts";
import { formatAddress, ipAddress } from "../platform/address.ts";
import type { Random } from "../platform/random.ts";
import type { ForwardPlan } from "../router/forward-plan.ts";
import { hashOf } from "../router/hash-policy.ts";
import { mirrorCluster } from "../router/mirror-policy.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import { LocalStats } from "../stats/local-stats.ts";
import { compileBalancing } from "../upstream/balancing.ts";
import { CLUSTER_SHAPE, HOST_SHAPE } from "../upstream/cluster-stats.ts";
import { compileEndpoints } from "../upstream/endpoints.ts";
import { hostSetsOf } from "../upstream/host-sets.ts";
import { NO_TIME } from "./no-time.ts";
import type { SimulatedEndpoint, SimulatedMirror } from "./simulation.ts";

/** The hash in decimal; undefined without a hash policy, or where none of its methods finds anything. */
export function hashText(plan: ForwardPlan | undefined, view: RequestView): string | undefined {
  const hash = plan?.hashPolicy === undefined ? undefined : hashOf(plan.hashPolicy, view);
  return hash === undefined ? undefined : String(hash);
}

export function mirrorsOf(plan: ForwardPlan | undefined, view: RequestView): SimulatedMirror[] {
  return (plan?.mirrors ?? []).map((policy) => {
    const { numerator, denominator } = currentFraction(view.runtime, policy.runtimeKey, policy.fraction);
    const cluster = policy.header === 0 ? policy.cluster : view.headers.get(policy.header) ?? "";
    return { cluster: fromWire(cluster), mirrored: mirrorCluster(policy, view) !== "", percent: Math.min(100, (100 * numerator) / denominator) };
  });
}

interface Upstreams {
  readonly clusterMessages: ReadonlyMap<string, Cluster>;
  readonly assignments: ReadonlyMap<string, ClusterLoadAssignment>;
}

const SILENT = { report: (): void => undefined };

/**
 * Where the hosts stand in the configuration: the one host, the one that the hash leads to, or how one of several is chosen. What health checks
 * would say is not known: all that discovery does not call unhealthy count as healthy.
 */
export function endpointOf(name: string, { clusterMessages, assignments }: Upstreams, hash: bigint | null): SimulatedEndpoint | undefined {
  const cluster = clusterMessages.get(name);
  if (cluster === undefined) return undefined;
  const assignment = cluster.load_assignment ?? assignments.get(cluster.eds_cluster_config?.service_name || name);
  const { hosts, names } = compileEndpoints(assignment, cluster.type === "STRICT_DNS" || cluster.type === "LOGICAL_DNS", SILENT);
  const named = names.filter(({ name: host }) => canonicalIp(host) === null);
  if (named.length > 0) return { address: undefined, words: `what DNS says of ${named.map(({ name: host, port }) => `${host}:${port}`).join(", ")}` };
  const all: readonly HostSpec[] = [...hosts, ...names.map(({ name: ip, port, host }) => ({ ...host, address: ipAddress(ip, port) }))];
  const usable = all.filter((host) => !isUnhealthy(host.flags));
  const [only] = usable;
  if (only === undefined) return assignment === undefined ? undefined : { address: undefined, words: "the cluster has no hosts" };
  if (usable.length === 1) return { address: formatAddress(only.address), words: "the only host" };
  const policy = policyOf(cluster);
  const led = hash !== null && /^(?:ring_?hash|maglev)$/i.test(policy) ? hashedHost(cluster, all, hash) : undefined;
  if (led !== undefined) return { address: formatAddress(led.address), words: `by its hash (${policy}), one of ${usable.length}` };
  return { address: undefined, words: `one of ${usable.map((host) => formatAddress(host.address)).join(", ")} by ${policy}` };
}

function policyOf(cluster: Cluster): string {
  const type = cluster.load_balancing_policy?.policies?.[0]?.typed_extension_config?.typed_config?.["@type"];
  return type === undefined ? cluster.lb_policy ?? "ROUND_ROBIN" : type.replace(/^.*\./, "");
}

/** Asks the balancer that live traffic asks. */
function hashedHost(cluster: Cluster, specs: readonly HostSpec[], hash: bigint): Host | undefined {
  const stats = new LocalStats();
  const balancer = compileBalancing(cluster, SILENT)({ random: NO_CHANCE, runtime: NO_RUNTIME, clock: NO_TIME, stats: stats.block("cluster.", CLUSTER_SHAPE) });
  const hosts = specs.map((spec): Host => ({ ...spec, metadata: spec.metadata ?? {}, healthySince: 0, stats: stats.block("host.", HOST_SHAPE) }));
  balancer.update(hostSetsOf(hosts));
  const host = balancer.choose({ hash });
  balancer.close?.();
  return host ?? undefined;
}

const NO_CHANCE: Random = { u32: () => 0, u64: () => 0n, uuid: () => "00000000-0000-4000-8000-000000000000" };
