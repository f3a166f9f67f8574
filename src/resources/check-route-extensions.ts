/** Extensions that routes name besides per-filter configurations: found, compiled for their findings. */
import type { Category, CompileContext } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { RetryPolicy, RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";

interface Carrier {
  readonly name?: string;
  readonly typed_config?: { readonly "@type"?: string };
}

export function checkRouteExtensions(table: RouteConfiguration, context: CompileContext): void {
  for (const host of table.virtual_hosts ?? []) {
    checkRetries(host.retry_policy, context);
    for (const { route } of host.routes ?? []) {
      checkRetries(route?.retry_policy, context);
      check("envoy.internal_redirect_predicates", route?.internal_redirect_policy?.predicates, context);
    }
  }
}

function checkRetries(policy: RetryPolicy | undefined, context: CompileContext): void {
  check("envoy.retry_host_predicates", policy?.retry_host_predicate, context);
  if (policy?.retry_priority !== undefined) check("envoy.retry_priorities", [policy.retry_priority], context);
}

function check<C extends Category>(category: C, carriers: readonly Carrier[] | undefined, context: CompileContext): void {
  for (const carrier of carriers ?? []) findExtension(category, carrier, context)?.compile(carrier.typed_config as never, context);
}
