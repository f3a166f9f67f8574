/** Extensions that routes name: found, compiled for their findings. */
import type { Category, CompileContext, Extension, Registry } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileFilterConfigs } from "../router/filter-configs.ts";
import type { RetryPolicy, RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";
import { typeOf } from "../schema/table.ts";

interface Carrier {
  readonly name?: string;
  readonly typed_config?: { readonly "@type"?: string };
}

/** A level of a route table: it may say something about filters. */
interface Level {
  readonly typed_per_filter_config?: Readonly<Record<string, Any>>;
}

export function checkRouteExtensions(table: RouteConfiguration, context: CompileContext): void {
  const overrides = new Overrides(context);
  overrides.check(table);
  for (const host of table.virtual_hosts ?? []) {
    overrides.check(host);
    checkRetries(host.retry_policy, context);
    for (const entry of host.routes ?? []) {
      overrides.check(entry);
      for (const cluster of entry.route?.weighted_clusters?.clusters ?? []) overrides.check(cluster);
      checkRetries(entry.route?.retry_policy, context);
      check("envoy.internal_redirect_predicates", entry.route?.internal_redirect_policy?.predicates, context);
    }
  }
}

function checkRetries(policy: RetryPolicy | undefined, context: CompileContext): void {
  if (policy === undefined) return;
  check("envoy.retry_host_predicates", policy.retry_host_predicate, context);
  if (policy.retry_priority !== undefined) check("envoy.retry_priorities", [policy.retry_priority], context);
}

function check<C extends Category>(category: C, carriers: readonly Carrier[] | undefined, context: CompileContext): void {
  if (carriers !== undefined) for (const carrier of carriers) findExtension(category, carrier, context)?.compile(carrier.typed_config as never, context);
}

/** What route tables say about filters. The type of the configuration, not the name, says which filter it is. */
class Overrides {
  private readonly context: CompileContext;
  private byType: ReadonlyMap<string, Extension> | undefined;

  constructor(context: CompileContext) {
    this.context = context;
  }

  check({ typed_per_filter_config: map }: Level): void {
    if (map === undefined) return;
    this.byType ??= overridable(this.context.registry);
    for (const { config } of compileFilterConfigs(map, SILENT).values()) {
      const type = config === undefined ? undefined : typeOf(config["@type"]);
      if (type !== undefined) this.byType.get(type)?.compileRoute?.(config as never, this.context);
    }
  }
}

/** What is wrong with the wrappers is said where the routes are compiled. */
const SILENT: Diagnostics = { report: () => undefined };

function overridable({ list }: Registry): ReadonlyMap<string, Extension> {
  return new Map(list.flatMap((extension) => (extension.routeType === undefined ? [] : [[extension.routeType, extension] as const])));
}
