import { expect, test } from "vitest";
import { internalAddresses } from "../../src/downstream/internal-address.ts";
import { ipAddress, pipeAddress } from "../../src/platform/address.ts";

const ADDRESSES = ["10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "8.8.8.8", "::1", "fd00::1", "2001:db8::1"];
const internal = (config: Parameters<typeof internalAddresses>[0]): string[] => ADDRESSES.filter((ip) => internalAddresses(config)(ipAddress(ip, 80)));

test("without a configuration no address is internal; with an empty one the private networks are", () => {
  expect(internal(undefined)).toEqual([]);
  expect(internal({})).toEqual(["10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::1"]);
});

test("with ranges exactly those are internal", () => {
  expect(internal({ cidr_ranges: [{ address_prefix: "8.0.0.0", prefix_len: 8 }, { address_prefix: "2001:db8::", prefix_len: 32 }] })).toEqual(["8.8.8.8", "2001:db8::1"]);
});

test("a Unix socket is internal where unix_sockets says so", () => {
  for (const unix_sockets of [true, false]) expect(internalAddresses({ unix_sockets })(pipeAddress("/x"))).toBe(unix_sockets);
  expect(internalAddresses(undefined)(pipeAddress("/x"))).toBe(false);
});
