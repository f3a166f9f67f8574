import { describe, expect, test } from "vitest";
import { checked } from "../support/checked.ts";

const chains = (...list: string[]): string[] => checked("envoy.config.listener.v3.Listener", `{ address: { socket_address: { address: 1.2.3.4, port_value: 80 } }, filter_chains: [${list.join(", ")}] }`);
const match = (text: string): string => `{ name: c, filter_chain_match: { ${text} } }`;

describe("filter chains:", () => {
  test("those with other matches do not meet", () => {
    expect(chains(match("server_names: [a.example]"), match("server_names: [b.example]"), match("destination_port: 80"), "{}")).toEqual([]);
  });

  test("two alike are an error", () => {
    expect(chains(match("transport_protocol: tls"), match("transport_protocol: tls"))).toEqual(["LGT0612 filter_chains[1].filter_chain_match"]);
  });

  test("two that share one name are an error, as are two ranges that hold the same addresses", () => {
    expect(chains(match("server_names: [a, b]"), match("server_names: [b]"))).toEqual(["LGT0612 filter_chains[1].filter_chain_match"]);
    expect(chains(match("prefix_ranges: [{ address_prefix: 10.1.2.3, prefix_len: 8 }]"), match("prefix_ranges: [{ address_prefix: 10.0.0.0, prefix_len: 8 }]"))).toEqual(["LGT0612 filter_chains[1].filter_chain_match"]);
  });

  test("a wildcard within a label, a bad range and fields that Envoy does not implement are errors", () => {
    expect(chains(match('server_names: ["*w.example.com"]'))).toEqual(["LGT0612 filter_chains[0].filter_chain_match.server_names"]);
    expect(chains(match("prefix_ranges: [{ address_prefix: a.b, prefix_len: 8 }]"))).toEqual(["LGT0612 filter_chains[0].filter_chain_match.prefix_ranges[0].address_prefix"]);
    expect(chains(match("suffix_len: 3"))).toEqual(["LGT0612 filter_chains[0].filter_chain_match.suffix_len"]);
  });

  const filter = (type: string): string => `{ name: f, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.${type} } }`;
  test("terminal filters stand last, whether or not legate can run them", () => {
    expect(chains(`{ filters: [${filter("rbac.v3.RBAC, stat_prefix: x")}, ${filter("echo.v3.Echo")}] }`)).toEqual([]);
    expect(chains(`{ filters: [${filter("echo.v3.Echo")}, ${filter("echo.v3.Echo")}] }`)).toEqual(["LGT0602 filter_chains[0].filters[0].name"]);
    expect(chains(`{ filters: [${filter("rbac.v3.RBAC, stat_prefix: x")}] }`)).toEqual(["LGT0602 filter_chains[0].filters[0].name"]);
  });
});
