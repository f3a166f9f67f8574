/** The checks of a whole configuration: each resource compiles, and what they say of each other is true. */
import type { CompileContext } from "../contract/extension.ts";
import { compileListener } from "../downstream/listener-plan.ts";
import type { BodySources } from "../router/direct-response.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { compileCluster } from "../upstream/cluster-plan.ts";
import { compileEndpoints } from "../upstream/endpoints.ts";
import { checkAddresses } from "./check-addresses.ts";
import { checkRouteTables } from "./check-routes.ts";
import type { Resource } from "./resource.ts";

export function checkResources(bootstrap: Bootstrap, resources: readonly Resource[], context: CompileContext, bodies?: BodySources): void {
  for (const { type, message } of resources) {
    if (type === "cluster") compileCluster(message as Cluster, context);
    else if (type === "endpoints") compileEndpoints(message as ClusterLoadAssignment, false, context.diagnostics);
    else if (type === "listener") compileListener(message as Listener, context);
  }
  checkAddresses(resources.filter(({ type }) => type === "listener").map(({ message }) => message as Listener), context.diagnostics);
  checkRouteTables(resources, context, bodies);
  checkAdmin(bootstrap, context);
}

function checkAdmin(bootstrap: Bootstrap, { diagnostics }: CompileContext): void {
  const address = bootstrap.admin?.address?.socket_address;
  if (address?.named_port !== undefined) {
    diagnostics.report({ code: "LGT0901", at: address, key: "named_port", message: "ports by name are not done yet" });
  }
}
