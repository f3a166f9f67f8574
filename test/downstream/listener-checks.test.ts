import { describe, expect, test } from "vitest";
import { checked, type CheckCase } from "../support/checked.ts";

const LISTENER = "envoy.config.listener.v3.Listener";
const at = (address: string, more = ""): string => `{ name: l, address: { socket_address: { address: "${address}", port_value: 80 } }, filter_chains: [{}] ${more} }`;

const REVERSE = (address: string): string => `{ address: { socket_address: { address: "${address}", port_value: 0, resolver_name: envoy.resolvers.reverse_connection } }, filter_chains: [{}] }`;
const UDP = (protocol: string, type: string): string =>
  `{ address: { socket_address: { protocol: ${protocol}, address: 1.2.3.4, port_value: 1 } }, listener_filters: [{ name: x, typed_config: { "@type": type.googleapis.com/envoy.extensions.${type}, stat_prefix: a, cluster: a } }] }`;

const CASES: readonly CheckCase[] = [
  ["ipv4_compat is for :: and mapped addresses", LISTENER, "{ address: { socket_address: { address: '::', port_value: 1, ipv4_compat: true } } }", "{ address: { socket_address: { address: '::1', port_value: 1, ipv4_compat: true } } }", "LGT0611 address.socket_address.ipv4_compat"],
  ["MPTCP is for TCP", LISTENER, at("1.2.3.4", ", enable_mptcp: true"), "{ enable_mptcp: true, address: { socket_address: { address: 1.2.3.4, port_value: 1, protocol: UDP } } }", "LGT0611 enable_mptcp"],
  ["MPTCP is for IP", LISTENER, at("1.2.3.4", ", enable_mptcp: true"), "{ enable_mptcp: true, address: { pipe: { path: /p } } }", "LGT0611 enable_mptcp"],
  ["all addresses are of one protocol", LISTENER, at("1.2.3.4"), at("1.2.3.4", ", additional_addresses: [{ address: { socket_address: { protocol: UDP, address: 1.2.3.4, port_value: 1 } } }]"), "LGT0611 additional_addresses[0].address.socket_address"],
  ["an internal listener has no address", LISTENER, "{ internal_listener: {}, filter_chains: [{}] }", at("1.2.3.4", ", internal_listener: {}"), "LGT0611 internal_listener"],
  ["an internal address is no listener's", LISTENER, at("1.2.3.4"), "{ address: { envoy_internal_address: { server_listener_name: x } } }", "LGT0611 address.envoy_internal_address"],
  ["a reverse connection has an address of its own", LISTENER, REVERSE("rc://n:c:t@up:2"), REVERSE("rc://n:c@up:2"), "LGT0611 address.socket_address.address"],
  ["filters of UDP are for UDP", LISTENER, UDP("UDP", "filters.udp.udp_proxy.v3.UdpProxyConfig"), UDP("TCP", "filters.udp.udp_proxy.v3.UdpProxyConfig"), 'LGT0611 listener_filters[0].typed_config["@type"]'],
  ["a UDP listener has no filter chains", LISTENER, "{ address: { socket_address: { address: 1.2.3.4, port_value: 1, protocol: UDP } } }", "{ address: { socket_address: { address: 1.2.3.4, port_value: 1, protocol: UDP } }, filter_chains: [{}] }", "LGT0611 filter_chains"],
];

describe("a listener:", () => {
  test.each(CASES)("%s", (_, type, valid, invalid, error) => {
    expect(checked(type, valid)).toEqual([]);
    expect(checked(type, invalid)).toEqual([error]);
  });

  test("an internal one needs its bootstrap extension", () => {
    expect(checked(LISTENER, "{ internal_listener: {}, filter_chains: [{}] }", {})).toEqual(["LGT0611 internal_listener"]);
  });
});
