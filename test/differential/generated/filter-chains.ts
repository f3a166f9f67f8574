/** Random filter chains, and connections for them. */
import type { ConnectionFacts } from "../../../src/downstream/connection-facts.ts";
import { ipAddress } from "../../../src/platform/address.ts";
import type { FilterChain, FilterChainMatch, Listener } from "../../../src/schema/generated/envoy/config/listener/v3.ts";
import type { Dice } from "../../support/random.ts";

const PORTS = [443, 80, 8080] as const;
const NAMES = ["www.shop.example", "shop.example", "a.b.shop.example", "example", "other.test", "WWW.shop.example"] as const;
const PATTERNS = ["www.shop.example", "*.shop.example", "*.b.shop.example", "shop.example", "*.example", "*.EXAMPLE", "other.test"] as const;
const PROTOCOLS = ["h2", "http/1.1", "h3", "x"] as const;
const ADDRESSES = ["10.1.1.1", "10.1.2.3", "10.2.0.1", "127.0.0.1", "127.0.0.2", "192.0.2.7", "2001:db8::1", "2001:db8:0:1::1", "::1"] as const;
const RANGES = ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.1/32", "10.1.2.99/24", "127.0.0.0/8", "0.0.0.0/1", "2001:db8::/32", "2001:db8:0:1::/64", "::/1", "192.0.2.7/31"] as const;
// a range of length 0 beside a chain without ranges is left to chance in Envoy: both are the same prefix of its trie
const SOURCE_PORTS = [1000, 2000, 3000] as const;

function range(text: string): { address_prefix: string; prefix_len: number } {
  const [prefix = "", length = "0"] = text.split("/");
  return { address_prefix: prefix, prefix_len: Number(length) };
}

function some<T>(dice: Dice, items: readonly T[], most: number): readonly T[] {
  return [...new Set(Array.from({ length: 1 + dice.below(most) }, () => dice.pick(items)))];
}

/** Each criterion stands in one match of `of`, so that all occur together now and then. */
function match(dice: Dice, of: number): FilterChainMatch {
  const has = (): boolean => dice.below(of) === 0;
  return {
    ...(has() ? { destination_port: dice.pick(PORTS) } : {}), ...(has() ? { prefix_ranges: some(dice, RANGES, 2).map(range) } : {}),
    ...(has() ? { server_names: some(dice, PATTERNS, 3) } : {}), ...(has() ? { transport_protocol: dice.pick(["tls", "raw_buffer"]) } : {}),
    ...(has() ? { application_protocols: some(dice, PROTOCOLS, 2) } : {}), ...(has() ? { direct_source_prefix_ranges: [range(dice.pick(["127.0.0.0/8", "10.0.0.0/8", "127.0.0.1/32"]))] } : {}),
    ...(has() ? { source_type: dice.pick(["EXTERNAL", "SAME_IP_OR_LOOPBACK"] as const) } : {}), ...(has() ? { source_prefix_ranges: some(dice, RANGES, 2).map(range) } : {}),
    ...(has() ? { source_ports: some(dice, SOURCE_PORTS, 2) } : {}),
  };
}

const FILTERS = "type.googleapis.com/envoy.extensions.filters";

/** Every chain answers with its name. */
function chain(name: string, filterChainMatch: FilterChainMatch | undefined): FilterChain {
  const filters = [{ name: "answer", typed_config: { "@type": `${FILTERS}.network.direct_response.v3.Config`, response: { inline_string: name } } }];
  return { name, filters, ...(filterChainMatch === undefined ? {} : { filter_chain_match: filterChainMatch }) } as unknown as FilterChain;
}

/** What a listener of Envoy would not take beside the others is left out: `accepted` says whether a list of matches is valid. */
export function randomListener(dice: Dice, port: number, accepted: (listener: Listener) => boolean): Listener {
  const of = 2 + dice.below(3);
  const own = {
    name: `l${port}`, address: { socket_address: { address: "127.0.0.1", port_value: port } },
    listener_filters: ["proxy_protocol.v3.ProxyProtocol", "tls_inspector.v3.TlsInspector", "http_inspector.v3.HttpInspector"].map((type) => ({ name: type, typed_config: { "@type": `${FILTERS}.listener.${type}` } })),
    ...(dice.below(2) === 0 ? { default_filter_chain: chain("default", undefined) } : {}),
  };
  let chains: FilterChain[] = [];
  for (let at = 0; at < 12; at++) {
    const more = [...chains, chain(`c${at}`, match(dice, of))];
    if (accepted({ ...own, filter_chains: more } as Listener)) chains = more;
  }
  return { ...own, filter_chains: chains } as Listener;
}

export interface GeneratedConnection {
  readonly facts: ConnectionFacts;
  /** What the client sends, in latin1. */
  readonly bytes: string;
}

export function randomConnection(dice: Dice): GeneratedConnection {
  const six = dice.below(3) === 0;
  const of = ADDRESSES.filter((address) => address.includes(":") === six);
  const [source, destination] = [ipAddress(dice.pick(of), dice.pick([...SOURCE_PORTS, 4000])), ipAddress(dice.pick(of), dice.pick([...PORTS, 9999]))];
  const head = `PROXY TCP${six ? 6 : 4} ${source.ip} ${destination.ip} ${source.port} ${destination.port}\r\n`;
  const common = { source, destination, directSource: ipAddress("127.0.0.1", 1) };
  if (dice.below(3) === 0) return { bytes: `${head}GET / HTTP/1.1\r\nhost: x\r\n\r\n`, facts: { ...common, serverName: "", transportProtocol: "raw_buffer", applicationProtocols: ["http/1.1"] } };
  const [name, protocols] = [dice.below(5) === 0 ? "" : dice.pick(NAMES), dice.below(3) === 0 ? [] : some(dice, PROTOCOLS, 3)];
  return { bytes: head + clientHello(name, protocols), facts: { ...common, serverName: name.toLowerCase(), transportProtocol: "tls", applicationProtocols: protocols } };
}

const u8 = (n: number): string => String.fromCharCode(n & 255);
const u16 = (n: number): string => u8(n >> 8) + u8(n);
const sized16 = (text: string): string => u16(text.length) + text;
const sized8 = (text: string): string => u8(text.length) + text;

/** A ClientHello of TLS 1.3 (RFC 8446, 4.1.2) with a server name and protocols, where they are given. */
function clientHello(name: string, protocols: readonly string[]): string {
  const extension = (type: number, text: string): string => u16(type) + sized16(text);
  const extensions = [
    ...(name === "" ? [] : [extension(0, sized16(u8(0) + sized16(name)))]), ...(protocols.length === 0 ? [] : [extension(16, sized16(protocols.map(sized8).join("")))]),
    extension(43, sized8(u16(0x0304))), extension(10, sized16(u16(29))), extension(13, sized16(u16(0x0804))),
  ].join("");
  const body = `${u16(0x0303)}${"r".repeat(32)}${sized8("")}${sized16(u16(0x1301))}${sized8(u8(0))}${sized16(extensions)}`;
  const handshake = `${u8(1)}${u8(0)}${sized16(body)}`;
  return `${u8(0x16)}${u16(0x0301)}${sized16(handshake)}`;
}
