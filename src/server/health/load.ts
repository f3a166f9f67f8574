/** From a configuration file, the hosts to check or the admin listener to ask. Pure: files come in through `read`. */
import type { ResolvedFinding } from "../../diagnostics/finding.ts";
import { Findings } from "../../diagnostics/findings.ts";
import { Origins } from "../../diagnostics/origins.ts";
import { surroundingsOf } from "../../resources/configuration.ts";
import { gatherResources } from "../../resources/gather.ts";
import { BOOTSTRAP, KINDS } from "../../resources/kind.ts";
import { type InputText, loadDocument, type LoadedMessage } from "../../resources/load.ts";
import { checkContext, MESSAGE_CHECKS } from "../../resources/message-checks.ts";
import { messageTypeOf } from "../../resources/resource.ts";
import type { Bootstrap } from "../../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../../schema/generated/envoy/config/cluster/v3.ts";
import type { Address } from "../../schema/generated/envoy/config/core/v3.ts";
import type { ClusterLoadAssignment } from "../../schema/generated/envoy/config/endpoint/v3.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface HealthInput {
  readonly clusters: readonly string[];
  readonly targets: readonly Target[];
  /** `admin.address` of the bootstrap. */
  readonly admin: Address | undefined;
  readonly findings: readonly ResolvedFinding[];
}

/** Reads a bootstrap and the files it takes clusters and endpoints from, a file of clusters, or a config dump. */
export function loadHealthInput(input: InputText, read: (path: string) => InputText): HealthInput {
  const origins = new Origins();
  const findings = new Findings(origins, { disabled: new Set() });
  // A field that only a newer Envoy knows does not keep a host from being checked.
  const messages = loadDocument(input, { origins, diagnostics: findings, unknownFields: "warning" })?.messages ?? [];
  const bootstrap = messagesOf<Bootstrap>(messages, BOOTSTRAP)[0];
  const given = [...(bootstrap?.static_resources?.clusters ?? []), ...messagesOf<Cluster>(messages, KINDS.cluster)];
  const cds = bootstrap?.dynamic_resources?.cds_config;
  const upstreams: Bootstrap = { static_resources: { clusters: given, secrets: bootstrap?.static_resources?.secrets ?? [] }, ...(cds === undefined ? {} : { dynamic_resources: { cds_config: cds } }) };
  const { resources } = gatherResources(upstreams, input.name, { origins, diagnostics: findings, read, unknownDynamicFields: "warning" });
  const endpoints = new Map(messagesOf<ClusterLoadAssignment>(messages, KINDS.endpoints).map((assignment) => [assignment.cluster_name ?? "", assignment]));
  for (const resource of resources) if (resource.type === "endpoints") endpoints.set(resource.name, resource.message);
  // Who the proxy says it is matters to no probe.
  const facts = checkContext(bootstrap, resources, { diagnostics: findings, surroundings: surroundingsOf(bootstrap ?? {}, { serviceCluster: "any", nodeId: "any" }) });
  for (const { type, message } of resources) MESSAGE_CHECKS.run(messageTypeOf(type), message, facts);
  const clusters = resources.filter((resource) => resource.type === "cluster");
  const targets = clusters.flatMap((resource) => targetsOf(resource.message, endpoints, findings));
  return { clusters: clusters.map((cluster) => cluster.name), targets, admin: bootstrap?.admin?.address, findings: findings.resolve() };
}

function messagesOf<T extends object>(messages: readonly LoadedMessage[], type: string | undefined): T[] {
  return messages.filter((loaded) => loaded.type === type).map((loaded) => loaded.message as T);
}
