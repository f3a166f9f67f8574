import { expect, it } from "vitest";
import { formatAddress, ipAddress, isIpv6, pipeAddress, sameAddress } from "../../src/platform/address.ts";

it("addresses print as Envoy prints them", () => {
  expect(formatAddress(ipAddress("10.0.0.1", 80))).toBe("10.0.0.1:80");
  expect(formatAddress(ipAddress("::1", 443))).toBe("[::1]:443");
  expect(formatAddress(pipeAddress("/run/x.sock"))).toBe("/run/x.sock");
  expect(formatAddress(pipeAddress("@abstract"))).toBe("@abstract");
});

it("addresses are equal by value", () => {
  expect(sameAddress(ipAddress("10.0.0.1", 80), ipAddress("10.0.0.1", 80))).toBe(true);
  expect(sameAddress(ipAddress("10.0.0.1", 80), ipAddress("10.0.0.1", 81))).toBe(false);
  expect(sameAddress(pipeAddress("/a"), ipAddress("10.0.0.1", 80))).toBe(false);
  expect(sameAddress(pipeAddress("/a"), pipeAddress("/a"))).toBe(true);
  expect([isIpv6(ipAddress("::1", 1)), isIpv6(ipAddress("1.2.3.4", 1)), isIpv6(pipeAddress("::"))]).toEqual([true, false, false]);
});
