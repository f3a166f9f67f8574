import { type DnsAnswer, type LookupFamily, type Resolver, chooseFamily } from "./dns.ts";

interface Zone {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
  readonly ttlSeconds: number;
}

/** Answers from what a test put in; counts the questions. */
export class FakeResolver implements Resolver {
  readonly asked: string[] = [];
  readonly #zones = new Map<string, Zone | string>();

  /** Addresses with a colon are IPv6. */
  set(name: string, addresses: readonly string[], ttlSeconds = 60): void {
    this.#zones.set(name, { v4: addresses.filter((a) => !a.includes(":")), v6: addresses.filter((a) => a.includes(":")), ttlSeconds });
  }

  /** The servers cannot be asked for it. */
  fail(name: string, error: string): void {
    this.#zones.set(name, error);
  }

  async resolve(name: string, family: LookupFamily): Promise<DnsAnswer> {
    this.asked.push(name);
    const zone = this.#zones.get(name);
    if (typeof zone === "string") return { error: zone, notFound: false };
    const addresses = zone === undefined ? [] : chooseFamily(zone.v4, zone.v6, family);
    if (zone === undefined || addresses.length === 0) return { error: `${name}: ENOTFOUND`, notFound: true };
    return { addresses, ttlSeconds: zone.ttlSeconds };
  }
}
