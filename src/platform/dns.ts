/** Names to addresses, as a value that is passed in. */

/** As Envoy's `dns_lookup_family`: AUTO = IPv6, and IPv4 only where there is none; V4_PREFERRED the other way round. */
export type LookupFamily = "AUTO" | "V4_ONLY" | "V6_ONLY" | "V4_PREFERRED" | "ALL";

export interface DnsOptions {
  readonly timeoutMs?: number;
  /** Asks the name servers for the records' time to live, and so passes /etc/hosts by where they know the name. */
  readonly wantTtl?: boolean;
}

export interface DnsAddresses {
  readonly addresses: readonly string[];
  /** The least of the records'; absent where it was not asked for or is not known. */
  readonly ttlSeconds?: number;
}

export interface DnsFailure {
  readonly error: string;
  /** The name does not exist or has no address of that family; otherwise the servers could not be asked. */
  readonly notFound: boolean;
}

export type DnsAnswer = DnsAddresses | DnsFailure;

export interface Resolver {
  /** Never rejects. An IP address answers itself. */
  resolve(name: string, family: LookupFamily, options?: DnsOptions): Promise<DnsAnswer>;
}

/** Picks a family's addresses, in its order, from all that were found. */
export function chooseFamily(v4: readonly string[], v6: readonly string[], family: LookupFamily): readonly string[] {
  switch (family) {
    case "V4_ONLY": return v4;
    case "V6_ONLY": return v6;
    case "ALL": return [...v6, ...v4];
    case "V4_PREFERRED": return v4.length > 0 ? v4 : v6;
    case "AUTO": return v6.length > 0 ? v6 : v4;
  }
}
