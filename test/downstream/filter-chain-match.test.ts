import { describe, expect, test } from "vitest";
import { FilterChainMatcher } from "../../src/downstream/filter-chain-match.ts";
import { type ConnectionFacts, isLocal } from "../../src/downstream/connection-facts.ts";
import { ipAddress, pipeAddress } from "../../src/platform/address.ts";
import type { FilterChain, FilterChainMatch } from "../../src/schema/generated/envoy/config/listener/v3.ts";

const NEUTRAL: ConnectionFacts = {
  destination: ipAddress("10.1.2.3", 443), source: ipAddress("192.0.2.7", 40_000), directSource: ipAddress("192.0.2.7", 40_000),
  serverName: "", transportProtocol: "raw_buffer", applicationProtocols: [],
};

function chain(name: string, match?: FilterChainMatch): FilterChain {
  return match === undefined ? { name } : { name, filter_chain_match: match };
}

function matcher(chains: readonly FilterChain[], fallback?: string): FilterChainMatcher {
  return new FilterChainMatcher({ filter_chains: chains, ...(fallback === undefined ? {} : { default_filter_chain: { name: fallback } }) });
}

function chosen(chains: readonly FilterChain[], facts: Partial<ConnectionFacts> = {}, fallback?: string): string | undefined {
  const all = { ...NEUTRAL, ...facts };
  const which = matcher(chains, fallback);
  expect(which.explain(all).chain).toBe(which.choose(all));
  return which.choose(all)?.name;
}

const range = (text: string): { address_prefix: string; prefix_len: number } => ({ address_prefix: text.split("/")[0] ?? "", prefix_len: Number(text.split("/")[1]) });

describe("a filter chain is chosen", () => {
  test("without a match, whatever the connection is", () => {
    expect(chosen([chain("a")])).toBe("a");
    expect(chosen([chain("a", {})], { destination: pipeAddress("/s"), source: pipeAddress(""), directSource: pipeAddress("") })).toBe("a");
  });

  test("by destination port; a port that is named is not looked for among the chains of any port", () => {
    const chains = [chain("any"), chain("tls 8443", { destination_port: 8443, transport_protocol: "tls" })];
    expect(chosen(chains)).toBe("any");
    expect(chosen(chains, { destination: ipAddress("10.1.2.3", 8443), transportProtocol: "tls" })).toBe("tls 8443");
    expect(chosen(chains, { destination: ipAddress("10.1.2.3", 8443) })).toBeUndefined();
    expect(chosen(chains, { destination: ipAddress("10.1.2.3", 8443) }, "default")).toBe("default");
    expect(chosen(chains, { destination: pipeAddress("/tmp/s") })).toBe("any");
  });

  test("by the longest range of the destination address", () => {
    const chains = [chain("8", { prefix_ranges: [range("10.0.0.0/8")] }), chain("16", { prefix_ranges: [range("10.1.0.0/16"), range("2001:db8::/32")] }), chain("32", { prefix_ranges: [range("10.1.2.4/32")] })];
    expect(chosen(chains)).toBe("16");
    expect(chosen(chains, { destination: ipAddress("10.2.0.1", 1) })).toBe("8");
    expect(chosen(chains, { destination: ipAddress("10.1.2.4", 1) })).toBe("32");
    expect(chosen(chains, { destination: ipAddress("2001:db8::9", 1) })).toBe("16");
    expect(chosen(chains, { destination: ipAddress("11.0.0.1", 1) })).toBeUndefined();
    expect(chosen([...chains, chain("any")], { destination: ipAddress("11.0.0.1", 1) })).toBe("any");
  });

  test("by bits beyond the length of a range not at all", () => {
    expect(chosen([chain("a", { prefix_ranges: [range("10.9.9.9/8")] })])).toBe("a");
  });

  test("by server name: exact, then the longest wildcard, then any; never a wildcard for its own name", () => {
    const chains = [chain("com", { server_names: ["*.com"] }), chain("example", { server_names: ["*.Example.com"] }), chain("www", { server_names: ["www.example.com"] }), chain("any")];
    expect(chosen(chains, { serverName: "www.example.com" })).toBe("www");
    expect(chosen(chains, { serverName: "a.b.example.com" })).toBe("example");
    expect(chosen(chains, { serverName: "example.com" })).toBe("com");
    expect(chosen(chains, { serverName: "example.org" })).toBe("any");
    expect(chosen(chains, { serverName: "" })).toBe("any");
    expect(chosen(chains.slice(0, 3), { serverName: "" })).toBeUndefined();
  });

  test("by transport protocol, and by the first application protocol of the client that some chain names", () => {
    const chains = [chain("plain", { transport_protocol: "raw_buffer" }), chain("h2", { transport_protocol: "tls", application_protocols: ["h2"] }), chain("h1", { transport_protocol: "tls", application_protocols: ["http/1.1"] }), chain("tls", { transport_protocol: "tls" })];
    expect(chosen(chains)).toBe("plain");
    expect(chosen(chains, { transportProtocol: "tls", applicationProtocols: ["http/1.1", "h2"] })).toBe("h1");
    expect(chosen(chains, { transportProtocol: "tls", applicationProtocols: ["h3", "h2"] })).toBe("h2");
    expect(chosen(chains, { transportProtocol: "tls", applicationProtocols: ["h3"] })).toBe("tls");
  });

  test("by the peer's address, and by the client's where a listener filter knows better", () => {
    const chains = [chain("behind proxy", { direct_source_prefix_ranges: [range("172.16.0.0/12")] }), chain("own", { source_prefix_ranges: [range("192.0.2.0/24")] })];
    expect(chosen(chains)).toBe("own");
    expect(chosen(chains, { directSource: ipAddress("172.17.0.1", 9) })).toBe("behind proxy");
    expect(chosen(chains, { source: ipAddress("198.51.100.1", 9) })).toBeUndefined();
  });

  test("by source type: local means one address at both ends, 127.0.0.1, ::1 or a pipe", () => {
    const chains = [chain("local", { source_type: "SAME_IP_OR_LOOPBACK" }), chain("external", { source_type: "EXTERNAL" })];
    const from = (ip: string): Partial<ConnectionFacts> => ({ source: ipAddress(ip, 1) });
    expect(chosen(chains)).toBe("external");
    expect(["127.0.0.1", "::1", "10.1.2.3"].map((ip) => chosen(chains, from(ip)))).toEqual(["local", "local", "local"]);
    expect(chosen(chains, from("127.0.0.2"))).toBe("external");
    expect(isLocal({ ...NEUTRAL, source: pipeAddress("@x") })).toBe(true);
  });

  test("by source port, and by any where that port is not named", () => {
    const chains = [chain("40000", { source_ports: [40_000, 40_001] }), chain("any")];
    expect(chosen(chains)).toBe("40000");
    expect(chosen(chains, { source: ipAddress("192.0.2.7", 5) })).toBe("any");
    expect(chosen(chains, { source: pipeAddress("") })).toBe("any");
  });

  test("without turning back: a chain of the more specific name is lost when its other criteria fail", () => {
    const chains = [chain("named, h2", { server_names: ["a.example"], application_protocols: ["h2"] }), chain("any")];
    expect(chosen(chains, { serverName: "a.example", applicationProtocols: ["http/1.1"] })).toBeUndefined();
    expect(chosen(chains, { serverName: "a.example", applicationProtocols: ["http/1.1"] }, "default")).toBe("default");
  });

  test("a pipe lies in no range of addresses but in those that hold everything", () => {
    const pipe = { destination: pipeAddress("/s"), source: pipeAddress(""), directSource: pipeAddress("") };
    expect(chosen([chain("a", { prefix_ranges: [range("10.0.0.0/8")] })], pipe)).toBeUndefined();
    expect(chosen([chain("a", { source_prefix_ranges: [range("0.0.0.0/0")] })], pipe)).toBe("a");
  });
});

describe("by filter_chain_matcher, which takes the place of all matches,", () => {
  const input = (name: string): object => ({ name, typed_config: { "@type": `type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.${name}` } });
  const to = (name: string): object => ({ action: { name, typed_config: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: name } } });
  const exactly = (name: string, map: Record<string, object>, otherwise?: object): object => ({ matcher_tree: { input: input(name), exact_match_map: { map } }, ...(otherwise === undefined ? {} : { on_no_match: otherwise }) });
  const byTree = (tree: object): FilterChainMatcher => new FilterChainMatcher({ filter_chains: [chain("a", { destination_port: 1 }), chain("b")], default_filter_chain: { name: "default" }, filter_chain_matcher: tree });

  test.each([
    ["destination port", exactly("DestinationPortInput", { 443: to("a") }), "a"],
    ["server name", exactly("ServerNameInput", { "x.example": to("a") }, to("b")), "b"],
    ["transport protocol", exactly("TransportProtocolInput", { raw_buffer: to("a") }), "a"],
    ["application protocols, each in quotes", exactly("ApplicationProtocolInput", { "'h2','http/1.1'": to("b") }), "b"],
    ["source type", exactly("SourceTypeInput", { local: to("a") }), "default"],
    ["a name that no chain has: the connection is closed", exactly("SourceIPInput", { "192.0.2.7": to("none") }), undefined],
    ["a tree in a tree", exactly("DestinationIPInput", { "10.1.2.3": { matcher: exactly("SourcePortInput", { 40000: to("b") }) } }), "b"],
    ["nothing that fits: the default chain", exactly("DestinationPortInput", { 1: to("a") }), "default"],
  ])("by %s", (_what, tree, expected) => {
    const facts = { ...NEUTRAL, applicationProtocols: ["h2", "http/1.1"] };
    const one = byTree(tree);
    expect(one.choose(facts)?.name).toBe(expected);
    expect(one.only).toBeUndefined();
    expect(one.explain(facts)).toMatchObject({ byDefault: expected === "default", steps: [{ field: "filter_chain_matcher" }] });
  });
});

describe("the choice is explained", () => {
  test("by what was taken at each criterion that some chain uses, and by where the others dropped out", () => {
    const chains = [chain("any"), chain("wild", { server_names: ["*.example.com"] }), chain("www", { server_names: ["www.example.com"], source_prefix_ranges: [range("10.0.0.0/8")] })];
    const told = matcher(chains).explain({ ...NEUTRAL, serverName: "www.example.com" });
    expect(told.chain).toBeUndefined();
    expect(told.byDefault).toBe(true);
    expect(told.steps).toEqual([{ field: "server_names", value: "www.example.com", taken: "www.example.com" }, { field: "source_prefix_ranges", value: "192.0.2.7", taken: undefined }]);
    expect(told.others.map(({ chain: { name }, field, because }) => `${name}: ${field}: ${because}`)).toEqual([
      "any: server_names: any fits www.example.com too, but www.example.com is more specific",
      "wild: server_names: *.example.com fits www.example.com too, but www.example.com is more specific",
      "www: source_prefix_ranges: wants 10.0.0.0/8; the connection has 192.0.2.7",
    ]);
  });

  test("as it was made, for random connections and chains", () => {
    const seed = Number(process.env["LEGATE_SEED"] ?? Date.now() % 1e6);
    let state = seed;
    const draw = (n: number): number => { state = (state * 1_103_515_245 + 12_345) % 2_147_483_648; return Math.floor((state / 2_147_483_648) * n); };
    const some = <T>(values: readonly T[]): T => values[draw(values.length)] as T;
    const match = (): FilterChainMatch => ({
      ...(draw(3) === 0 ? { destination_port: some([443, 80]) } : {}), ...(draw(2) === 0 ? { server_names: [some(["a.b.c", "*.b.c", "*.c"])] } : {}),
      ...(draw(2) === 0 ? { application_protocols: [some(["h2", "http/1.1"])] } : {}), ...(draw(2) === 0 ? { source_prefix_ranges: [range(some(["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"]))] } : {}),
      ...(draw(3) === 0 ? { source_type: some(["EXTERNAL", "SAME_IP_OR_LOOPBACK"] as const) } : {}),
    });
    for (let i = 0; i < 2000; i++) {
      const matches = new Map(Array.from({ length: 1 + draw(8) }, () => match()).map((each) => [JSON.stringify(each), each]));
      const chains = [...matches.values()].map((each, at) => chain(String(at), each));
      const one = matcher(chains, "default");
      const facts: ConnectionFacts = { ...NEUTRAL, destination: ipAddress("10.1.1.1", some([443, 80, 8080])), source: ipAddress(some(["10.1.1.1", "10.1.9.9", "10.9.9.9", "8.8.8.8"]), 1), serverName: some(["", "a.b.c", "x.b.c", "c"]), applicationProtocols: some([[], ["h2", "http/1.1"], ["http/1.1"]]) };
      const told = one.explain(facts);
      expect(told.chain, `seed ${seed}`).toBe(one.choose(facts));
      expect(told.others.map((other) => other.chain.name).toSorted(), `seed ${seed}`).toEqual(chains.filter((each) => each !== told.chain).map((each) => each.name).toSorted());
    }
  });
});
