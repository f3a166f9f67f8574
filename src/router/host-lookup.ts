/**
 * Which virtual host a request belongs to (config_impl.cc RouteMatcher): exact domains, then `*suffix` longest first, then `prefix*`
 * longest first, then `*`. A wildcard stands for at least one character.
 */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, nameId } from "../http/names.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";

/** Where the port of a host begins (at its colon), -1 if it has none. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(":");
  return colon >= 0 && host.indexOf("]", colon) < 0 ? colon : -1;
}

/** How a domain fits a host: `any` is the domain `*`. */
export type DomainRule = "exact" | "suffix" | "prefix" | "any";

/** Which of a virtual host's domains a host belongs to, by Envoy's precedence; `host` is lower case. */
export function domainOf(domains: readonly string[], host: string): { readonly index: number; readonly rule: DomainRule } | undefined {
  let best: { index: number; rule: DomainRule; rank: number } | undefined;
  for (const [index, text] of domains.entries()) {
    const rule = ruleOf(asciiLower(toWire(text)), host);
    const rank = rule === undefined ? -1 : RANKS[rule] * 65_536 + Math.min(text.length, 65_535);
    if (rule !== undefined && (best === undefined || rank > best.rank)) best = { index, rule, rank };
  }
  return best;
}

const RANKS: Readonly<Record<DomainRule, number>> = { exact: 3, suffix: 2, prefix: 1, any: 0 };

function ruleOf(domain: string, host: string): DomainRule | undefined {
  if (domain === "*") return "any";
  if (domain.startsWith("*")) return host.length >= domain.length && host.endsWith(domain.slice(1)) ? "suffix" : undefined;
  if (domain.endsWith("*")) return host.length >= domain.length && host.startsWith(domain.slice(0, -1)) ? "prefix" : undefined;
  return domain === host ? "exact" : undefined;
}

/** Wildcards of one side, by the length of their fixed part. */
class Wildcards {
  private readonly byLength = new Map<number, Map<string, number>>();
  private lengths: readonly number[] = [];

  /** False if the part is there already. */
  add(part: string, host: number): boolean {
    let same = this.byLength.get(part.length);
    if (same === undefined) {
      this.byLength.set(part.length, (same = new Map<string, number>()));
      this.lengths = [...this.byLength.keys()].sort((a, b) => b - a);
    }
    if (same.has(part)) return false;
    same.set(part, host);
    return true;
  }

  find(host: string, part: (host: string, length: number) => string): number {
    for (const length of this.lengths) {
      if (length >= host.length) continue;
      const found = this.byLength.get(length)?.get(part(host, length));
      if (found !== undefined) return found;
    }
    return -1;
  }

  get isEmpty(): boolean {
    return this.lengths.length === 0;
  }
}

const suffixOf = (host: string, length: number): string => host.slice(host.length - length);
const prefixOf = (host: string, length: number): string => host.slice(0, length);

export class HostLookup {
  private readonly exact = new Map<string, number>();
  private readonly suffixes = new Wildcards();
  private readonly prefixes = new Wildcards();
  private anyHost = -1;
  private readonly header: number;
  private readonly ignorePort: boolean;

  /** `domains`: of each virtual host. */
  constructor(config: RouteConfiguration, domains: readonly (readonly string[])[], diagnostics: Diagnostics) {
    this.header = config.vhost_header ? nameId(config.vhost_header) : AUTHORITY;
    this.ignorePort = config.ignore_port_in_host_matching === true;
    for (const [host, own] of domains.entries()) {
      for (const [key, text] of own.entries()) {
        if (!this.enter(asciiLower(toWire(text)), host)) reportTwice(config.name ?? "", domains, { at: own, key }, text, diagnostics);
      }
    }
  }

  /** False if the domain is there already. */
  private enter(domain: string, host: number): boolean {
    if (domain === "*") {
      if (this.anyHost >= 0) return false;
      this.anyHost = host;
      return true;
    }
    if (domain.startsWith("*")) return this.suffixes.add(domain.slice(1), host);
    if (domain.endsWith("*")) return this.prefixes.add(domain.slice(0, -1), host);
    if (this.exact.has(domain)) return false;
    this.exact.set(domain, host);
    return true;
  }

  /** The host text that is looked up, `null` if the request has none. */
  hostOf(headers: HeaderBlock): string | null {
    let host = headers.get(this.header);
    if (host === null) return null;
    const port = this.ignorePort ? portStart(host) : -1;
    if (port >= 0) host = host.slice(0, port);
    return asciiLower(host);
  }

  /** The number of the virtual host of a request, -1 if there is none. */
  find(headers: HeaderBlock): number {
    if (this.exact.size === 0 && this.suffixes.isEmpty && this.prefixes.isEmpty) return this.anyHost;
    const host = this.hostOf(headers);
    if (host === null) return -1;
    const exact = this.exact.get(host);
    if (exact !== undefined) return exact;
    const suffix = this.suffixes.find(host, suffixOf);
    if (suffix >= 0) return suffix;
    const prefix = this.prefixes.find(host, prefixOf);
    return prefix >= 0 ? prefix : this.anyHost;
  }
}

function reportTwice(table: string, domains: readonly (readonly string[])[], place: { readonly at: object; readonly key: number }, text: string, diagnostics: Diagnostics): void {
  const domain = asciiLower(toWire(text));
  const places = domains.flatMap((own) => own.map((other, key) => ({ at: own, key, same: asciiLower(toWire(other)) === domain })));
  const related = places.filter(({ same }) => same).slice(0, 1).map(({ at, key }) => ({ at, key, message: "first used here" }));
  const message = domain === "*" ? `only a single wildcard domain is permitted in route ${table}`
    : `only unique values for domains are permitted. Duplicate entry of domain ${text.toLowerCase()} in route ${table}`;
  diagnostics.report({ code: domain === "*" ? "LGT0510" : "LGT0501", ...place, message, related });
}
