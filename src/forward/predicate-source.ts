/** The predicates that routes name by their configuration, opened when a route first needs them. */
import type { Env } from "../contract/env.ts";
import type { Category, CompileContext, Opened } from "../contract/extension.ts";
import type { RedirectPredicate } from "../contract/redirect-predicate.ts";
import type { RetryHostPredicate, RetryHostPredicateFactory } from "../contract/retry-host.ts";
import type { RetryPriority, RetryPriorityFactory } from "../contract/retry-priority.ts";
import type { InternalRedirectPolicy, RetryPolicy } from "../schema/generated/envoy/config/route/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";

interface Carrier {
  readonly typed_config?: Any;
}

const NONE: readonly RetryHostPredicate[] = [];

export class PredicateSource {
  private readonly context: CompileContext;
  private readonly env: Env;
  private readonly hosts = new WeakMap<RetryPolicy, readonly RetryHostPredicateFactory[]>();
  private readonly priorities = new WeakMap<RetryPolicy, readonly RetryPriorityFactory[]>();
  private readonly redirects = new WeakMap<InternalRedirectPolicy, readonly RedirectPredicate[]>();

  /** `context`: reports nothing; what is wrong was reported with the table. */
  constructor(context: CompileContext, env: Env) {
    this.context = context;
    this.env = env;
  }

  /** A request's own ones. */
  retryHosts(policy: RetryPolicy | undefined): readonly RetryHostPredicate[] {
    const carriers = policy?.retry_host_predicate;
    if (policy === undefined || carriers === undefined) return NONE;
    let factories = this.hosts.get(policy);
    if (factories === undefined) this.hosts.set(policy, (factories = this.open("envoy.retry_host_predicates", carriers)));
    return factories.map((factory) => factory());
  }

  /** A request's own one; null where the policy names none. */
  retryPriority(policy: RetryPolicy | undefined): RetryPriority | null {
    const carrier = policy?.retry_priority;
    if (policy === undefined || carrier === undefined) return null;
    let factories = this.priorities.get(policy);
    if (factories === undefined) this.priorities.set(policy, (factories = this.open("envoy.retry_priorities", [carrier])));
    return factories[0]?.() ?? null;
  }

  internalRedirects(policy: InternalRedirectPolicy): readonly RedirectPredicate[] {
    let predicates = this.redirects.get(policy);
    if (predicates === undefined) this.redirects.set(policy, (predicates = this.open("envoy.internal_redirect_predicates", policy.predicates ?? [])));
    return predicates;
  }

  private open<C extends Category>(category: C, carriers: readonly Carrier[]): Opened[C][] {
    return carriers.flatMap(({ typed_config: config }) => {
      const extension = this.context.registry.find(category, config);
      return extension === undefined ? [] : [extension.compile(config as never, this.context).open(this.env)];
    });
  }
}
