import { afterAll, describe, expect, test } from "vitest";
import { readCertificate } from "../../src/codec/certificate.ts";
import type { ClientHello } from "../../src/codec/client-hello.ts";
import { CertificateChoice } from "../../src/extensions/transport/certificate-choice.ts";
import { dnsNameMatches } from "../../src/match/dns-name.ts";
import { checkSpiffe, trustDomainOf } from "../../src/extensions/transport/spiffe.ts";
import { pathTo } from "../../src/platform/certificate-path.ts";
import { certificatesOf, firstCertificate } from "../../src/platform/tls-context.ts";
import type { TlsFacts } from "../../src/platform/tls.ts";
import { Authority, type Pair } from "../support/certificates.ts";

const authority = new Authority();
const other = new Authority("Other CA");
const child = authority.intermediate("Child");
afterAll(() => {
  authority.close();
  other.close();
});
const der = (pair: Pair): Buffer => firstCertificate(pair.certificate) as Buffer;

test.each([
  ["a.test", "a.test", true], ["A.TEST", "a.Test", true], ["x.a.test", "*.a.test", true], ["x.y.a.test", "*.a.test", false], ["a.test", "*.a.test", false],
  ["foo1.a.test", "foo*.a.test", true], ["bar.a.test", "f*.a.test", false], ["x.a.test", "xn--*.a.test", false], ["x.a.test", "x.*.test", false], ["x", "*", false], ["x.a.test", "**.a.test", false],
])("the name %s against %s: %s", (name, pattern, expected) => {
  expect(dnsNameMatches(name, pattern)).toBe(expected);
});

describe("certificate paths", () => {
  const leaf = child.issue("leaf");
  test("lead over what was presented, or stop at an intermediate authority", () => {
    const chain = [der(leaf), der(child.pair)];
    expect(pathTo(chain, certificatesOf(authority.certificate))).toHaveLength(3);
    expect(pathTo([der(leaf)], certificatesOf(authority.certificate))).toEqual([]);
    expect(pathTo([der(leaf)], certificatesOf(child.certificate))).toHaveLength(2);
    expect(pathTo(chain, certificatesOf(other.certificate))).toEqual([]);
  });
});

describe("SPIFFE", () => {
  const facts = (pair: Pair): TlsFacts => ({ peerCertificate: der(pair), peerChain: [der(pair)] }) as unknown as TlsFacts;
  const domains = new Map([["one.test", certificatesOf(authority.certificate)], ["two.test", certificatesOf(other.certificate)]]);
  test("takes a certificate of its domain's authority alone", () => {
    expect(trustDomainOf("spiffe://one.test/ns/a")).toBe("one.test");
    expect(checkSpiffe(facts(authority.issue("a", { san: "URI:spiffe://one.test/a" })), domains)).toBeNull();
    expect(checkSpiffe(facts(authority.issue("b", { san: "URI:spiffe://two.test/b" })), domains)).not.toBeNull();
    expect(checkSpiffe(facts(authority.issue("c", { san: "URI:spiffe://three.test/c" })), domains)?.reason).toContain("no trust bundle");
    expect(checkSpiffe(facts(authority.issue("d", { san: "DNS:d.test" })), domains)).not.toBeNull();
  });
});

describe("the certificate for a client", () => {
  const certificates = [authority.issue("a.test"), authority.issue("a.test", { kind: "rsa" }), authority.issue("w", { san: "DNS:*.w.test" })].map((pair) => readCertificate(der(pair)));
  const hello = (more: Partial<ClientHello>): ClientHello => ({
    version: 0x0303, serverName: "", hasServerName: false, protocols: undefined, ciphers: [0xc02b, 0xc02f], extensions: [], groups: [0x17], pointFormats: [], signatureAlgorithms: [0x0403],
    supportedVersions: [0x0304], wantsStaple: false, ...more,
  });
  test("fits its name and what it can verify", () => {
    const choice = new CertificateChoice(certificates, false);
    expect(choice.choose(hello({ serverName: "a.test" }))).toBe(0);
    expect(choice.choose(hello({ serverName: "a.test", signatureAlgorithms: [0x0804] }))).toBe(1);
    expect(choice.choose(hello({ serverName: "a.test", supportedVersions: undefined, ciphers: [0xc02f] }))).toBe(1);
    expect(choice.choose(hello({ serverName: "x.w.test" }))).toBe(2);
    expect([choice.choose(hello({ serverName: "z.test" })), choice.choose(hello({}))]).toEqual([0, 0]);
  });
});
