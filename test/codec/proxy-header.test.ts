import { expect, test } from "vitest";
import { proxyHeader } from "../../src/codec/proxy-header.ts";
import { ipAddress, pipeAddress } from "../../src/platform/address.ts";

const V4 = [ipAddress("10.0.0.1", 258), ipAddress("192.0.2.7", 80)] as const;
const V6 = [ipAddress("2001:db8::1", 1), ipAddress("::1", 65_535)] as const;

test("version 1 is a line of text", () => {
  expect(proxyHeader(1, ...V4).toString()).toBe("PROXY TCP4 10.0.0.1 192.0.2.7 258 80\r\n");
  expect(proxyHeader(1, ...V6).toString()).toBe("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n");
  expect(proxyHeader(1, pipeAddress("/s"), V4[1]).toString()).toBe("PROXY UNKNOWN\r\n");
});

test("version 2 is binary: signature, command, family, length, addresses, ports", () => {
  const signature = "0d0a0d0a000d0a515549540a";
  expect(proxyHeader(2, ...V4).toString("hex")).toBe(`${signature}2111000c0a000001c000020701020050`);
  expect(proxyHeader(2, ...V6).toString("hex")).toBe(`${signature}2121002420010db8${"0".repeat(23)}1${"0".repeat(31)}10001ffff`);
  expect(proxyHeader(2, pipeAddress("/s"), V4[1]).toString("hex")).toBe(`${signature}20000000`);
});
