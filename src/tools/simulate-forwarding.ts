/** What a route that forwards does besides: the request's hash, the host it leads to where that is certain, copies of the request. */
import { isUnhealthy } from "../contract/host-health.ts";
import { fromWire } from "../base/wire-text.ts";
import type { RequestView } from "../contract/request-view.ts";
import { currentFraction } from "../match/fraction.ts";
import { formatAddress } from "../platform/address.ts";
import type { ForwardPlan } from "../router/forward-plan.ts";
import { hashOf } from "../router/hash-policy.ts";
import { mirrorCluster } from "../router/mirror-policy.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import { compileEndpoints } from "../upstream/endpoints.ts";
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

/** Where the hosts stand in the configuration: the one host, or how one of several is chosen. Health is not known: all count as healthy. */
export function endpointOf(name: string, { clusterMessages, assignments }: Upstreams): SimulatedEndpoint | undefined {
  const cluster = clusterMessages.get(name);
  if (cluster === undefined) return undefined;
  const assignment = cluster.load_assignment ?? assignments.get(cluster.eds_cluster_config?.service_name || name);
  const { hosts, names } = compileEndpoints(assignment, cluster.type === "STRICT_DNS" || cluster.type === "LOGICAL_DNS", SILENT);
  if (names.length > 0) return { address: undefined, words: `what DNS says of ${names.map(({ name: host, port }) => `${host}:${port}`).join(", ")}` };
  const usable = hosts.filter((host) => !isUnhealthy(host.flags));
  const [only] = usable;
  if (only === undefined) return assignment === undefined ? undefined : { address: undefined, words: "the cluster has no hosts" };
  if (usable.length === 1) return { address: formatAddress(only.address), words: "the only host" };
  return { address: undefined, words: `one of ${usable.map((host) => formatAddress(host.address)).join(", ")} by ${policyOf(cluster)}` };
}

function policyOf(cluster: Cluster): string {
  const type = cluster.load_balancing_policy?.policies?.[0]?.typed_extension_config?.typed_config?.["@type"];
  return type === undefined ? cluster.lb_policy ?? "ROUND_ROBIN" : type.replace(/^.*\./, "");
}
