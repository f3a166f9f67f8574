/**
 * Weights that hosts earn by what they say of their load (Envoy's OrcaWeightManager): requests a second by utilisation. Each worker goes by the
 * answers that it has seen itself.
 */
import type { Host } from "../contract/host.ts";
import type { HostSets } from "../contract/host-set.ts";
import type { LoadReports } from "../contract/load-balancer.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { loadReportIn, type LoadReport } from "./orca-report.ts";

export interface ClientWeightOptions {
  /** Metrics of which the greatest is the utilisation; with `.*` all of a map. */
  readonly metricNames: readonly string[];
  readonly errorPenalty: number;
  /** ms: a host must have reported for so long before its weight counts; what is older counts no more; how often all weights are worked out. */
  readonly blackoutMs: number;
  readonly expirationMs: number;
  readonly updateMs: number;
}

const MOST = 0xffff_ffff;

interface Reported {
  weight: number;
  /** ms; Infinity: no report that counts. */
  since: number;
  last: number;
}

export class ClientWeights implements LoadReports {
  readonly #options: ClientWeightOptions;
  readonly #now: () => number;
  readonly #reported = new WeakMap<Host, Reported>();
  readonly #weights = new WeakMap<Host, number>();

  constructor(options: ClientWeightOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Until the first round of weights it is the configured one. */
  weightOf(host: Host): number {
    return this.#weights.get(host) ?? host.weight;
  }

  hear(host: Host, headers: HeaderBlock): boolean {
    const report = loadReportIn(headers);
    if (report === null) return false;
    const weight = weightFrom(report, this.#options);
    if (weight === null) return true;
    const now = this.#now();
    const known = this.#reported.get(host);
    if (known === undefined) this.#reported.set(host, { weight, since: now, last: now });
    else {
      known.weight = weight;
      known.last = now;
      if (known.since === Infinity) known.since = now;
    }
    return true;
  }

  /** Works all weights out. True: some changed. */
  renew(sets: HostSets): boolean {
    let changed = false;
    for (const { hosts } of sets) changed = this.#renewList(hosts) || changed;
    return changed;
  }

  #renewList(hosts: readonly Host[]): boolean {
    const now = this.#now();
    const valid = hosts.map((host) => this.#valid(host, now));
    const fallback = medianOf(valid.filter((weight) => weight !== null));
    let changed = false;
    for (const [i, host] of hosts.entries()) {
      const weight = Math.max(1, valid[i] ?? fallback);
      if (weight === this.weightOf(host)) continue;
      this.#weights.set(host, weight);
      changed = true;
    }
    return changed;
  }

  #valid(host: Host, now: number): number | null {
    const reported = this.#reported.get(host);
    if (reported === undefined || now - this.#options.blackoutMs < reported.since) return null;
    if (reported.last >= now - this.#options.expirationMs) return reported.weight;
    reported.since = Infinity;
    return null;
  }
}

/** For hosts without a weight of their own; 1 where nobody has one. */
function medianOf(weights: readonly number[]): number {
  const sorted = [...weights].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 1;
  return sorted.length % 2 === 1 || sorted.length === 0 ? upper : Math.floor(((sorted[middle - 1] ?? 1) + upper) / 2);
}

/** Null: it says nothing of which a weight could be made. */
export function weightFrom(report: LoadReport, { metricNames, errorPenalty }: ClientWeightOptions): number | null {
  const rate = report.get("rps_fractional") ?? 0;
  if (!(rate > 0)) return null;
  const utilisation = utilisationIn(report, metricNames) + (errorPenalty * (report.get("eps") ?? 0)) / rate;
  return utilisation > 0 ? Math.floor(Math.min(MOST, rate / utilisation)) : null;
}

function utilisationIn(report: LoadReport, names: readonly string[]): number {
  let most = 0;
  for (const name of names) most = Math.max(most, name.endsWith(".*") ? mostUnder(report, name.slice(0, -1)) : (report.get(name) ?? 0));
  if (most > 0) return most;
  const application = report.get("application_utilization") ?? 0;
  return application > 0 ? application : (report.get("cpu_utilization") ?? 0);
}

function mostUnder(report: LoadReport, prefix: string): number {
  let most = 0;
  for (const [name, value] of report) if (name.startsWith(prefix)) most = Math.max(most, value);
  return most;
}
