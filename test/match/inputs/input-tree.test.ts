import { describe, expect, test } from "vitest";
import { StreamInfo } from "../../../src/contract/stream-info.ts";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { compileInputTree } from "../../../src/match/inputs/input-tree.ts";
import type { MatchSubject } from "../../../src/match/inputs/subject.ts";
import { NO_RUNTIME } from "../../../src/contract/request-view.ts";
import { ipAddress } from "../../../src/platform/address.ts";
import { simulatedContext, simulatedStream } from "../../../src/router/simulated-stream.ts";
import type { Matcher } from "../../../src/schema/generated/xds/type/matcher/v3.ts";

const ANY = "type.googleapis.com/";
const action = (name: string): object => ({ action: { name, typed_config: { "@type": "x", name } } });
const input = (type: string, fields: object = {}): object => ({ name: "i", typed_config: { "@type": ANY + type, ...fields } });
const SOURCE = input("envoy.extensions.matching.common_inputs.network.v3.SourceIPInput");
const HOST = input("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { header_name: "x-h" });
const custom = (type: string, fields: object): object => ({ name: "c", typed_config: { "@type": ANY + type, ...fields } });

function subject(ip: string, headers: readonly (readonly [string, string])[] = []): MatchSubject {
  const address = ipAddress(ip, 1000);
  const requestHeaders = HeaderBlock.of([[":path", "/?q=7"], ...headers]);
  const info = new StreamInfo({ connectionId: 1, remote: address, local: ipAddress("10.0.0.9", 80), direct: address });
  info.metadata = { ns: { k: "v" } };
  return { requestHeaders, responseHeaders: null, responseTrailers: null, info, tls: null, serverName: "", runtime: NO_RUNTIME, random: 0n, routeMetadata: null, facts: simulatedContext(simulatedStream({}), requestHeaders) };
}

const findings: string[] = [];
const led = (config: object, to: MatchSubject): unknown => compileInputTree(config as Matcher, (typed) => typed["name"], { report: ({ message }) => findings.push(message) })(to);
const list = (from: object, match: object): object => ({ matcher_list: { matchers: [{ predicate: { single_predicate: { input: from, ...match } }, on_match: action("yes") }] }, on_no_match: action("no") });

describe("matcher trees over any input", () => {
  test("the longest range of addresses wins; less specific ones are asked behind it, exclusive ones only if they are the longest", () => {
    const ranges = (exclusive: boolean, wide = false): object => ({
      matcher_tree: { input: SOURCE, custom_match: custom("xds.type.matcher.v3.IPMatcher", { range_matchers: [
        { ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }], exclusive: wide, on_match: action("wide") },
        { ranges: [{ address_prefix: "10.1.0.0", prefix_len: 16 }], exclusive, on_match: { matcher: list(HOST, { value_match: { exact: "x" } }) } },
        { ranges: [{ address_prefix: "10.2.0.0", prefix_len: 16 }], exclusive, on_match: { matcher: { matcher_list: { matchers: [] } } } },
      ] }) },
    });
    expect([led(ranges(false), subject("10.9.0.1")), led(ranges(false), subject("10.1.0.1")), led(ranges(false), subject("10.2.0.1")), led(ranges(true), subject("10.2.0.1")), led(ranges(true), subject("11.0.0.1"))]).toEqual(["wide", "no", "wide", "wide", undefined]);
    expect([led(ranges(false, true), subject("10.9.0.1")), led(ranges(false, true), subject("10.2.0.1"))]).toEqual(["wide", undefined]);
  });

  test("server names: exact, then the longest wildcard, then a star; letter case counts", () => {
    const names = { matcher_tree: { input: HOST, custom_match: custom("xds.type.matcher.v3.ServerNameMatcher", { domain_matchers: [{ domains: ["a.test"], on_match: action("exact") }, { domains: ["*.test", "*"], on_match: action("star") }, { domains: ["*.b.test"], on_match: action("b") }] }) } };
    expect(["a.test", "A.test", "x.b.test", "x.c.test", "other", ""].map((name) => led(names, subject("1.1.1.1", [["x-h", name]])))).toEqual(["exact", "star", "b", "star", "star", undefined]);
  });

  test("inputs of the connection, the query and metadata; matchers of addresses, hashes and metadata", () => {
    const port = input("envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput");
    const query = input("envoy.type.matcher.v3.HttpRequestQueryParamMatchInput", { query_param: "q" });
    const metadata = input("envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput", { filter: "ns", path: [{ key: "k" }] });
    const at = subject("10.0.0.1");
    expect(led(list(port, { value_match: { exact: "80" } }), at)).toBe("yes");
    expect(led(list(query, { value_match: { exact: "7" } }), at)).toBe("yes");
    expect(led(list(metadata, { custom_match: custom("envoy.extensions.matching.input_matchers.metadata.v3.Metadata", { value: { string_match: { exact: "v" } } }) }), at)).toBe("yes");
    expect(led(list(query, { custom_match: custom("envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing", { threshold: 0, modulo: 10, seed: 3 }) }), at)).toBe("yes");
    expect(led(list(SOURCE, { custom_match: custom("envoy.extensions.matching.input_matchers.ip.v3.Ip", { cidr_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] }) }), at)).toBe("yes");
    expect(findings).toEqual([]);
  });

  test("what is not known here is reported and matches nothing", () => {
    expect(led(list(input("envoy.extensions.matching.common_inputs.network.v3.NetworkNamespaceInput"), { value_match: { exact: "" } }), subject("1.1.1.1"))).toBe("no");
    expect(findings.at(-1)).toContain("NetworkNamespaceInput");
  });
});
