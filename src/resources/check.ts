/** The checks of a whole configuration: each resource compiles, and what they say of each other is true. */
import type { CompileContext } from "../contract/extension.ts";
import { compileListener } from "../downstream/listener-plan.ts";
import { formatAddress } from "../platform/address.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { ClusterLoadAssignment } from "../schema/generated/envoy/config/endpoint/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { compileCluster } from "../upstream/cluster-plan.ts";
import { compileEndpoints } from "../upstream/endpoints.ts";
import { checkRouteTables } from "./check-routes.ts";
import type { Resource } from "./resource.ts";

export function checkResources(bootstrap: Bootstrap, resources: readonly Resource[], context: CompileContext): void {
  const addresses = new Map<string, object>();
  for (const { type, message } of resources) {
    if (type === "cluster") compileCluster(message as Cluster, context);
    else if (type === "endpoints") compileEndpoints(message as ClusterLoadAssignment, false, context.diagnostics);
    else if (type === "listener") checkListener(message as Listener, addresses, context);
  }
  checkRouteTables(resources, context);
  checkAdmin(bootstrap, context);
}

/** Two listeners on one address would share its connections by chance. Port 0 is a port of its own each time. */
function checkListener(listener: Listener, addresses: Map<string, object>, context: CompileContext): void {
  const plan = compileListener(listener, context);
  if (plan === null || (plan.address.kind === "ip" && plan.address.port === 0)) return;
  const namespace = listener.address?.socket_address?.network_namespace_filepath ?? "";
  const text = namespace === "" ? formatAddress(plan.address) : `${formatAddress(plan.address)} in ${namespace}`;
  const first = addresses.get(text);
  if (first === undefined) {
    addresses.set(text, listener);
    return;
  }
  context.diagnostics.report({
    code: "LGT0601", at: listener, key: "address", message: `listener '${plan.name}' has the address ${text} of another listener`,
    related: [{ at: first, key: "address", message: "first used here" }],
  });
}

function checkAdmin(bootstrap: Bootstrap, { diagnostics }: CompileContext): void {
  const address = bootstrap.admin?.address?.socket_address;
  if (address?.named_port !== undefined) {
    diagnostics.report({ code: "LGT0901", at: address, key: "named_port", message: "ports by name are not done yet" });
  }
}
