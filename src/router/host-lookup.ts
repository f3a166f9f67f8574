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
    const same = this.byLength.get(part.length) ?? new Map<string, number>();
    this.byLength.set(part.length, same);
    this.lengths = [...this.byLength.keys()].sort((a, b) => b - a);
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

  constructor(config: RouteConfiguration, diagnostics: Diagnostics) {
    this.header = config.vhost_header ? nameId(config.vhost_header) : AUTHORITY;
    this.ignorePort = config.ignore_port_in_host_matching === true;
    const firsts = new Map<string, { at: object; key: number }>();
    for (const [host, { domains = [] }] of (config.virtual_hosts ?? []).entries()) {
      for (const [key, text] of domains.entries()) this.add(text, host, { at: domains, key }, firsts, config.name ?? "", diagnostics);
    }
  }

  private add(
    text: string, host: number, place: { at: object; key: number }, firsts: Map<string, { at: object; key: number }>, table: string, diagnostics: Diagnostics,
  ): void {
    const domain = asciiLower(toWire(text));
    const first = firsts.get(domain);
    if (first === undefined) {
      firsts.set(domain, place);
      this.enter(domain, host);
      return;
    }
    const related = [{ ...first, message: "first used here" }];
    if (domain === "*") {
      diagnostics.report({ code: "LGT0510", ...place, message: `only a single wildcard domain is permitted in route ${table}`, related });
    } else {
      const message = `only unique values for domains are permitted. Duplicate entry of domain ${text.toLowerCase()} in route ${table}`;
      diagnostics.report({ code: "LGT0501", ...place, message, related });
    }
  }

  private enter(domain: string, host: number): void {
    if (domain === "*") this.anyHost = host;
    else if (domain.startsWith("*")) this.suffixes.add(domain.slice(1), host);
    else if (domain.endsWith("*")) this.prefixes.add(domain.slice(0, -1), host);
    else this.exact.set(domain, host);
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
