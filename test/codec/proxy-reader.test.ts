import { describe, expect, it } from "vitest";
import { proxyHeader } from "../../src/codec/proxy-header.ts";
import { type ProxyReaderOptions, readProxyHeader } from "../../src/codec/proxy-reader.ts";
import { ipAddress } from "../../src/platform/address.ts";

const ALL: ProxyReaderOptions = { allowNone: false, allowV1: true, allowV2: true };
const v4 = [ipAddress("192.0.2.7", 4321), ipAddress("198.51.100.9", 443)] as const;
const v6 = [ipAddress("2001:db8::1", 4321), ipAddress("2001:db8::2", 443)] as const;
const text = (line: string): Buffer => Buffer.from(line, "latin1");

function withTlvs(tlvs: readonly (readonly [number, string])[]): Buffer {
  const head = proxyHeader(2, ...v4);
  const body = Buffer.concat(tlvs.map(([type, value]) => Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 255]), text(value)])));
  const whole = Buffer.concat([head, body]);
  whole.writeUInt16BE(12 + body.length, 14);
  return whole;
}

describe("the PROXY header", () => {
  it.each([["version 1, IPv4", 1, v4], ["version 1, IPv6", 1, v6], ["version 2, IPv4", 2, v4], ["version 2, IPv6", 2, v6]] as const)("of %s is read as it was written, in any number of pieces", (_name, version, [remote, local]) => {
    const bytes = proxyHeader(version, remote, local);
    const whole = Buffer.concat([bytes, text("GET /")]);
    expect(readProxyHeader(whole, ALL)).toEqual({ kind: "header", header: { version, addresses: { remote, local }, tlvs: [], length: bytes.length } });
    for (let length = 0; length < bytes.length; length++) expect(readProxyHeader(bytes.subarray(0, length), ALL), String(length)).toEqual({ kind: "more" });
  });

  it("of a peer that speaks for itself leaves the addresses alone", () => {
    expect(readProxyHeader(text("PROXY UNKNOWN ffff::1 ignored\r\n"), ALL)).toMatchObject({ header: { version: 1, addresses: null } });
    const local = Buffer.concat([proxyHeader(2, { kind: "pipe", path: "" }, { kind: "pipe", path: "" })]);
    expect(readProxyHeader(local, ALL)).toMatchObject({ header: { version: 2, addresses: null, length: 16 } });
  });

  it("brings its extensions", () => {
    expect(readProxyHeader(withTlvs([[2, "a.test"], [0xea, "vpce"], [4, ""]]), ALL)).toMatchObject({
      header: { tlvs: [{ type: 2, value: text("a.test") }, { type: 0xea, value: text("vpce") }, { type: 4, value: text("") }] },
    });
    const cut = withTlvs([[2, "a.test"]]);
    cut.writeUInt16BE(7, 29);
    expect(readProxyHeader(cut, ALL)).toEqual({ kind: "error", version: 2 });
  });

  it.each([
    ["a line without an end", `PROXY ${"x".repeat(120)}`, 0], ["other bytes", "GET / HTTP/1.1\r\nhost: a\r\n\r\n", 0], ["an unknown family", "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", 1],
    ["too few fields", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", 1], ["a bad address", "PROXY TCP4 1.2.3.400 1.2.3.4 1 2\r\n", 1], ["a bad port", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", 1],
    ["the wrong family", "PROXY TCP4 ::1 ::2 1 2\r\n", 1], ["multicast", "PROXY TCP4 224.0.0.1 1.2.3.4 1 2\r\n", 1], ["a version to come", "\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0cabcdabcdabcd", 2],
    ["too short for its addresses", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0babcdabcdabc", 2], ["Unix sockets", "\r\n\r\n\0\r\nQUIT\n\x21\x31\0\x0cabcdabcdabcd", 2],
  ])("is refused for %s", (_what, bytes, version) => {
    expect(readProxyHeader(text(bytes), ALL)).toEqual({ kind: "error", version });
  });

  it("may be missing where that is allowed, and not in a version that is not", () => {
    expect(readProxyHeader(text("GET / HTTP/1.1\r\n"), { ...ALL, allowNone: true })).toEqual({ kind: "none" });
    expect(readProxyHeader(text("PR"), { ...ALL, allowNone: true })).toEqual({ kind: "more" });
    expect(readProxyHeader(text("PROXY UNKNOWN\r\n"), { allowNone: true, allowV1: false, allowV2: true })).toEqual({ kind: "none" });
    expect(readProxyHeader(proxyHeader(1, ...v4), { ...ALL, allowV1: false })).toEqual({ kind: "denied", version: 1 });
    expect(readProxyHeader(proxyHeader(2, ...v4), { ...ALL, allowV2: false })).toEqual({ kind: "denied", version: 2 });
  });
});
