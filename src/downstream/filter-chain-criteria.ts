/**
 * The criteria of a filter chain match, in the order in which Envoy asks them. Each turns a match into keys (`""`: any
 * value will do) and a connection into the keys it fits, the most specific first.
 */
import { Cidr } from "../base/cidr.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { CidrRange } from "../schema/generated/envoy/config/core/v3.ts";
import type { FilterChainMatch } from "../schema/generated/envoy/config/listener/v3.ts";
import { type ConnectionFacts, ipOf, isLocal, portOf } from "./connection-facts.ts";

export interface Criterion {
  readonly field: keyof FilterChainMatch;
  /** What the match asks for; never empty. */
  wanted(match: FilterChainMatch): readonly string[];
  /** The keys of a connection, best first, `""` not among them. `keys`: those that occur at this place. */
  offered(facts: ConnectionFacts, keys: ChainKeys): readonly string[];
  /** What the connection has, for people. */
  value(facts: ConnectionFacts): string;
}

/** The keys that occur at one place of the tree. */
export interface ChainKeys {
  has(key: string): boolean;
  /** Of ranges: their lengths in bits, longest first. */
  readonly lengths: readonly number[];
}

/** Stands for an address that is no IP address: it lies in no range but those that hold everything. */
const NOWHERE = "255.255.255.255";

const ANY: readonly string[] = [""];

function orAny(keys: readonly string[]): readonly string[] {
  return keys.length === 0 ? ANY : keys;
}

/** One text for ranges that hold the same addresses; `undefined` where the prefix is no address. */
export function rangeKey({ address_prefix: prefix = "", prefix_len: length = 0 }: CidrRange): string | undefined {
  return Cidr.of(prefix, length)?.text;
}

function ranges(field: "prefix_ranges" | "direct_source_prefix_ranges" | "source_prefix_ranges", addressOf: (facts: ConnectionFacts) => SocketAddress): Criterion {
  return {
    field,
    wanted: (match) => orAny((match[field] ?? []).map(rangeKey).filter((key) => key !== undefined)),
    offered(facts, { lengths }) {
      const ip = ipOf(addressOf(facts)) ?? NOWHERE;
      const widest = ip.includes(":") ? 128 : 32;
      return lengths.filter((length) => length <= widest).map((length) => Cidr.of(ip, length)?.text ?? "");
    },
    value: (facts) => ipOf(addressOf(facts)) ?? "no IP address",
  };
}

/** `*.example.com` stands as `.example.com`, which is how the tails of a name are looked up. */
function nameKey(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith("*.") ? lower.slice(1) : lower;
}

/** The name, then its tails at each dot, longest first: `www.example.com`, `.example.com`, `.com`. */
function nameAndTails(name: string): readonly string[] {
  const keys = [name];
  for (let dot = name.indexOf(".", 1); dot > 0 && dot < name.length - 1; dot = name.indexOf(".", dot + 1)) keys.push(name.slice(dot));
  return keys;
}

const destinationPort: Criterion = {
  field: "destination_port",
  wanted: (match) => [match.destination_port === undefined ? "" : String(match.destination_port)],
  offered: ({ destination }) => (destination.kind === "ip" ? [String(destination.port)] : []),
  value: ({ destination }) => String(portOf(destination) ?? "no port"),
};

const serverNames: Criterion = {
  field: "server_names",
  wanted: (match) => orAny((match.server_names ?? []).map(nameKey)),
  offered: ({ serverName }) => (serverName === "" ? [] : nameAndTails(serverName)),
  value: ({ serverName }) => (serverName === "" ? "no server name" : serverName),
};

const transportProtocol: Criterion = {
  field: "transport_protocol",
  wanted: (match) => [match.transport_protocol ?? ""],
  offered: (facts) => [facts.transportProtocol],
  value: (facts) => facts.transportProtocol,
};

const applicationProtocols: Criterion = {
  field: "application_protocols",
  wanted: (match) => orAny(match.application_protocols ?? []),
  offered: (facts) => facts.applicationProtocols,
  value: (facts) => (facts.applicationProtocols.length === 0 ? "no protocol" : facts.applicationProtocols.join(", ")),
};

function localOrNot(facts: ConnectionFacts): string {
  return isLocal(facts) ? "SAME_IP_OR_LOOPBACK" : "EXTERNAL";
}

const sourceType: Criterion = {
  field: "source_type",
  wanted: ({ source_type: type = "ANY" }) => [type === "ANY" ? "" : type],
  offered: (facts) => [localOrNot(facts)],
  value: localOrNot,
};

const sourcePorts: Criterion = {
  field: "source_ports",
  wanted: (match) => orAny((match.source_ports ?? []).map(String)),
  offered: ({ source }) => (source.kind === "ip" ? [String(source.port)] : []),
  value: ({ source }) => String(portOf(source) ?? "no port"),
};

/** In Envoy's order. */
export const CRITERIA: readonly Criterion[] = [
  destinationPort,
  ranges("prefix_ranges", (facts) => facts.destination),
  serverNames,
  transportProtocol,
  applicationProtocols,
  ranges("direct_source_prefix_ranges", (facts) => facts.directSource),
  sourceType,
  ranges("source_prefix_ranges", (facts) => facts.source),
  sourcePorts,
];
