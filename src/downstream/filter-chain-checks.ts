/** Filter chains of a listener: each match readable, no two alike or overlapping, names where a matcher chooses by name. */
import { Cidr } from "../base/cidr.ts";
import { checkFilterOrder } from "../contract/filter-order.ts";
import { messageCheck, type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { CidrRange } from "../schema/generated/envoy/config/core/v3.ts";
import type { FilterChain, FilterChainMatch, Listener } from "../schema/generated/envoy/config/listener/v3.ts";

const HTTP_MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const QUIC = "type.googleapis.com/envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport";

/** Combinations looked at before the search for overlaps gives up. */
const MOST = 100_000;

function checkNames(chains: readonly FilterChain[], refuse: Refuse): void {
  const names = new Set<string>();
  for (const chain of chains) {
    const name = chain.name ?? "";
    if (name === "") refuse(chain, undefined, "the name of a filter chain is required when a filter_chain_matcher chooses");
    else if (names.has(name)) refuse(chain, "name", `there is already a filter chain named '${name}'`);
    names.add(name);
  }
}

function checkMatch(match: FilterChainMatch, refuse: Refuse): void {
  for (const key of ["address_suffix", "suffix_len"] as const) if (match[key] !== undefined) refuse(match, key, `Envoy does not implement ${key}`);
  for (const name of match.server_names ?? []) {
    if (name.includes("*") && !name.startsWith("*.")) refuse(match, "server_names", `'${name}': only whole labels may be wildcards, as in *.example.com`);
  }
  for (const ranges of [match.prefix_ranges, match.source_prefix_ranges, match.direct_source_prefix_ranges]) {
    for (const range of ranges ?? []) if (Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0) === null) refuse(range, "address_prefix", `'${range.address_prefix ?? ""}' is no range of addresses`);
  }
}

function rangeTexts(ranges: readonly CidrRange[] | undefined): readonly string[] {
  return (ranges ?? []).map((range) => Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0)?.text ?? `${range.address_prefix}/${range.prefix_len ?? 0}`);
}

/** Every single combination that the match stands for, as text; a criterion that is not given counts as one value. */
function combinations(match: FilterChainMatch): string[] {
  const criteria: readonly (readonly unknown[])[] = [
    [match.destination_port ?? ""], rangeTexts(match.prefix_ranges), (match.server_names ?? []).map((name) => name.toLowerCase()), [match.transport_protocol ?? ""],
    match.application_protocols ?? [], rangeTexts(match.direct_source_prefix_ranges), [match.source_type ?? "ANY"], rangeTexts(match.source_prefix_ranges), match.source_ports ?? [],
  ];
  let texts = [""];
  for (const values of criteria) {
    const some = values.length === 0 ? [""] : values;
    if (texts.length * some.length > MOST) return [];
    texts = texts.flatMap((text) => some.map((value) => `${text}\u0001${String(value)}`));
  }
  return texts;
}

function checkOverlaps(chains: readonly FilterChain[], refuse: Refuse): void {
  const taken = new Map<string, FilterChain>();
  for (const chain of chains) {
    for (const text of combinations(chain.filter_chain_match ?? {})) {
      const first = taken.get(text);
      if (first !== undefined) {
        refuse(chain, "filter_chain_match", `a connection can match filter chain '${chain.name ?? ""}' and '${first.name ?? ""}' alike`);
        break;
      }
      taken.set(text, chain);
    }
  }
}

function checkQuic(listener: Listener, chains: readonly FilterChain[], refuse: Refuse): void {
  if (listener.udp_listener_config?.quic_options === undefined || listener.address?.socket_address?.protocol !== "UDP") return;
  for (const chain of chains) {
    if (chain.transport_socket === undefined) refuse(chain, undefined, "a filter chain of a QUIC listener needs a transport socket");
    else if (chain.transport_socket.typed_config?.["@type"] !== QUIC) refuse(chain.transport_socket, "typed_config", "a QUIC listener takes QuicDownstreamTransport only");
    if (chain.filters?.at(-1)?.typed_config?.["@type"] !== HTTP_MANAGER) refuse(chain, "filters", "on a QUIC listener the HTTP connection manager must be last in the chain");
  }
}

export const FILTER_CHAIN_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0612", "envoy.config.listener.v3.Listener", (listener, refuse) => {
    const chains = listener.filter_chains ?? [];
    if (listener.filter_chain_matcher !== undefined) {
      checkNames(chains, refuse);
      return;
    }
    for (const { filter_chain_match: match } of chains) if (match !== undefined) checkMatch(match, refuse);
    checkOverlaps(chains, refuse);
    checkQuic(listener, listener.default_filter_chain === undefined ? chains : [...chains, listener.default_filter_chain], refuse);
  }),
  messageCheck("envoy.config.listener.v3.FilterChain", (chain, { diagnostics }) => checkFilterOrder(chain.filters ?? [], "its chain", diagnostics)),
  refusals("LGT0612", "envoy.config.listener.v3.FilterChain", (chain, refuse) => {
    const { typed_config: config, name = "" } = chain.filters?.at(-1) ?? {};
    const quic = chain.transport_socket?.typed_config?.["@type"] === QUIC;
    if (config?.["@type"] === HTTP_MANAGER && (config as { codec_type?: string }).codec_type === "HTTP3" && !quic) refuse(config, "codec_type", `'${name}': HTTP3 needs a QUIC listener`);
  }),
];
