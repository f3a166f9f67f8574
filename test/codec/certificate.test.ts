import { X509Certificate } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { readCertificate, type Certificate } from "../../src/codec/certificate.ts";
import { firstCertificate } from "../../src/platform/tls-context.ts";
import { Authority, type IssueOptions } from "../support/certificates.ts";

describe("certificates", () => {
  const authority = new Authority("Root, \"quoted\"");
  afterAll(() => authority.close());
  const read = (options: IssueOptions): Certificate => readCertificate(firstCertificate(authority.issue("x", options).certificate) as Buffer) as Certificate;

  it("tell their names, of every type", () => {
    const { names } = read({ san: "DNS:a.test,URI:spiffe://td/ns/a,IP:192.0.2.1,IP:2001:db8::1,email:m@a.test,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:upn@a" });
    expect(names?.map(({ type, value }) => [type, value])).toEqual([
      ["DNS", "a.test"], ["URI", "spiffe://td/ns/a"], ["IP_ADDRESS", "192.0.2.1"], ["IP_ADDRESS", "2001:db8::1"], ["EMAIL", "m@a.test"], ["OTHER_NAME", "upn@a"],
    ]);
    expect(names?.at(-1)?.oid).toBe("1.3.6.1.4.1.311.20.2.3");
  });

  it("tell subject and issuer as RFC 2253 writes them, serial, validity and key", () => {
    const certificate = read({ subject: "/C=DE/O=A, B \\+ C/OU=#x/CN=\u00fcber" });
    expect(certificate.subject).toBe("CN=\\C3\\BCber,OU=\\#x,O=A\\, B \\+ C,C=DE");
    expect(certificate.issuer).toBe("CN=Root\\, \\\"quoted\\\"");
    const known = new X509Certificate(certificate.der);
    expect(certificate.serial).toBe(known.serialNumber.toLowerCase());
    expect([certificate.notBefore, certificate.notAfter]).toEqual([Date.parse(known.validFrom), Date.parse(known.validTo)]);
    expect(certificate.publicKey).toEqual(known.publicKey.export({ type: "spki", format: "der" }));
    expect([certificate.keyKind, read({ kind: "rsa" }).keyKind, read({ kind: "ec384" }).keyKind]).toEqual(["EC:1.2.840.10045.3.1.7", "RSA", "EC:1.3.132.0.34"]);
  });

  it("without names have none", () => {
    expect([read({ san: "" }).names, read({ san: "" }).commonName]).toEqual([undefined, "x"]);
  });

  it("that are damaged are null or partial, and never throw", () => {
    const { der } = read({});
    for (let at = 0; at < der.length; at++) {
      const damaged = Buffer.from(der);
      damaged[at] = (damaged[at] as number) ^ 0x55;
      expect(() => readCertificate(damaged)).not.toThrow();
      expect(() => readCertificate(der.subarray(0, at))).not.toThrow();
    }
  });
});
