import type { RecordWithTtl } from "node:dns";
import { dns, net } from "./builtins.ts";
import type { Clock } from "./clock.ts";
import { type DnsAnswer, type DnsFailure, type DnsOptions, type LookupFamily, type Resolver, chooseFamily } from "./dns.ts";

const DEFAULT_TIMEOUT_MS = 5000;
const NOT_FOUND = new Set(["ENOTFOUND", "ENODATA", "EAI_NONAME", "EAI_NODATA", "NOTFOUND", "NODATA", "DNS_ENOTFOUND", "DNS_ENODATA"]);

interface Found {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
  readonly ttlSeconds?: number;
}

/**
 * The machine's resolver: getaddrinfo (/etc/hosts, search domains) or, where a TTL is wanted or name servers are given, queries of its
 * own, with getaddrinfo as the second try.
 */
export class SystemResolver implements Resolver {
  readonly #clock: Clock;
  readonly #servers: readonly string[];

  /** `servers`: "ip" or "ip:port"; empty = the machine's. */
  constructor(clock: Clock, servers: readonly string[] = []) {
    this.#clock = clock;
    this.#servers = servers;
  }

  async resolve(name: string, family: LookupFamily, options: DnsOptions = {}): Promise<DnsAnswer> {
    const version = net().isIP(name);
    if (version !== 0) return answer(version === 4 ? { v4: [name], v6: [] } : { v4: [], v6: [name] }, family, name);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const asked = this.#find(name, family, options.wantTtl === true).then((found) => answer(found, family, name), (error: unknown) => failure(name, error));
    return this.#within(timeoutMs, name, asked);
  }

  async #find(name: string, family: LookupFamily, wantTtl: boolean): Promise<Found> {
    if (!wantTtl && this.#servers.length === 0) return lookUp(name, family);
    try {
      return await this.#query(name, family);
    } catch (error) {
      if (this.#servers.length > 0) throw error;
      return lookUp(name, family);
    }
  }

  async #query(name: string, family: LookupFamily): Promise<Found> {
    // a resolver object keeps answers until their TTL ends: a new one for each query
    const resolver = new (dns().promises.Resolver)();
    if (this.#servers.length > 0) resolver.setServers(this.#servers);
    const nothing: Promise<RecordWithTtl[]> = Promise.resolve([]);
    const [v4, v6] = await Promise.allSettled([
      family === "V6_ONLY" ? nothing : resolver.resolve4(name, { ttl: true }),
      family === "V4_ONLY" ? nothing : resolver.resolve6(name, { ttl: true }),
    ] as const);
    const [a, aaaa] = [v4.status === "fulfilled" ? v4.value : [], v6.status === "fulfilled" ? v6.value : []];
    const records = [...a, ...aaaa];
    if (records.length === 0) throw v4.status === "rejected" ? v4.reason : v6.status === "rejected" ? v6.reason : new Error("ENODATA");
    return { v4: a.map((r) => r.address), v6: aaaa.map((r) => r.address), ttlSeconds: Math.min(...records.map((r) => r.ttl)) };
  }

  #within(ms: number, name: string, asked: Promise<DnsAnswer>): Promise<DnsAnswer> {
    return new Promise((done) => {
      const timer = this.#clock.after(ms, () => done({ error: `${name}: no answer within ${ms} ms`, notFound: false }));
      void asked.then((found) => {
        timer.cancel();
        done(found);
      });
    });
  }
}

function lookUp(name: string, family: LookupFamily): Promise<Found> {
  const version = family === "V4_ONLY" ? 4 : family === "V6_ONLY" ? 6 : 0;
  return new Promise((done, failed) => {
    dns().lookup(name, { all: true, family: version, verbatim: true }, (error, found) => {
      if (error !== null) {
        failed(error);
        return;
      }
      const of = (v: number): string[] => [...new Set(found.filter((f) => f.family === v).map((f) => f.address))];
      done({ v4: of(4), v6: of(6) });
    });
  });
}

function answer(found: Found, family: LookupFamily, name: string): DnsAnswer {
  const addresses = chooseFamily(found.v4, found.v6, family);
  if (addresses.length === 0) return { error: `${name}: no address of family ${family}`, notFound: true };
  return found.ttlSeconds === undefined ? { addresses } : { addresses, ttlSeconds: found.ttlSeconds };
}

function failure(name: string, error: unknown): DnsFailure {
  const code = (error as { code?: unknown } | null)?.code;
  const text = typeof code === "string" ? code : String(error);
  return { error: `${name}: ${text}`, notFound: NOT_FOUND.has(text) };
}
