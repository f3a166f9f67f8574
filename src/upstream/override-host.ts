/** override_host: hosts that a header or metadata of the request names, in their order; another policy where none of them is there (docs: override host). */
import { metadataAt } from "../match/metadata-matcher.ts";
import type { Host } from "../contract/host.ts";
import type { HostSets } from "../contract/host-set.ts";
import type { LbContext, LoadBalancer, LoadReports } from "../contract/load-balancer.ts";
import { formatAddress } from "../platform/address.ts";

/** A header's name, or a path into the dynamic metadata. */
export type OverrideSource = { readonly header: string } | { readonly path: readonly string[] };

export class OverrideHost implements LoadBalancer {
  private readonly sources: readonly OverrideSource[];
  private readonly fallback: LoadBalancer;
  private hosts = new Map<string, Host>();
  /** How many of its hosts a request has used up. */
  private readonly used = new WeakMap<LbContext, number>();

  constructor(sources: readonly OverrideSource[], fallback: LoadBalancer) {
    this.sources = sources;
    this.fallback = fallback;
  }

  get reports(): LoadReports | undefined {
    return this.fallback.reports;
  }

  choose(context: LbContext, attempt = 0): Host | null {
    const names = this.sources.flatMap((source) => namesIn(source, context));
    for (let at = this.used.get(context) ?? 0; at < names.length; at++) {
      const host = this.hosts.get(names[at] as string);
      if (host === undefined) continue;
      this.used.set(context, at + 1);
      return host;
    }
    if (names.length > 0) this.used.set(context, names.length);
    return this.fallback.choose(context, attempt);
  }

  update(sets: HostSets): void {
    this.hosts = new Map(sets.flatMap((set) => set.hosts).map((host) => [formatAddress(host.address), host]));
    this.fallback.update(sets);
  }

  close(): void {
    this.fallback.close?.();
  }
}

function namesIn(source: OverrideSource, context: LbContext): readonly string[] {
  const value = "header" in source ? context.header?.(source.header) : metadataAt(context.dynamicMetadata ?? {}, source.path);
  return typeof value === "string" ? value.split(",").map((name) => name.trim()).filter((name) => name !== "") : [];
}
