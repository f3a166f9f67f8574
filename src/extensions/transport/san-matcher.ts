/** Matchers of subject alternative names (Envoy's SanMatcher): by type, and DNS names with wildcards. */
import type { Certificate, SanType, SubjectAltName } from "../../codec/certificate.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { dnsNameMatches } from "../../match/dns-name.ts";
import { compileStringMatcher } from "../../match/string-matcher.ts";
import type { CertificateValidationContext, SubjectAltNameMatcher } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

export type SanTest = (name: SubjectAltName) => boolean;

/** All that are configured; a certificate needs one name that passes one of them. */
export function compileSanMatchers(context: CertificateValidationContext, diagnostics: Diagnostics): SanTest[] {
  const typed = (context.match_typed_subject_alt_names ?? []).map((matcher) => typedTest(matcher, diagnostics));
  const untyped = (context.match_subject_alt_names ?? []).flatMap((matcher) => UNTYPED.map((type) => typedTest({ san_type: type, matcher }, diagnostics)));
  return [...typed, ...untyped];
}

/** Types that the deprecated matchers look at. */
const UNTYPED: readonly SanType[] = ["DNS", "URI", "EMAIL", "IP_ADDRESS"];

function typedTest({ san_type: type = "SAN_TYPE_UNSPECIFIED", matcher = {}, oid = "" }: SubjectAltNameMatcher, diagnostics: Diagnostics): SanTest {
  const { exact } = matcher;
  if (type === "DNS" && exact !== undefined) return dnsTest(exact);
  const value = compileStringMatcher(matcher, diagnostics);
  return (name) => name.type === type && (type !== "OTHER_NAME" || name.oid === oid) && value.test(name.value);
}

export function dnsTest(wanted: string): SanTest {
  return (name) => name.type === "DNS" && dnsNameMatches(wanted, name.value);
}

/** One of these names, DNS ones with their wildcards (`verify_subject_alt_name_list`, as `auto_san_validation` uses it). */
export function listTest(wanted: readonly string[]): SanTest {
  return (name) => wanted.some((one) => (name.type === "DNS" ? dnsNameMatches(one, name.value) : one === name.value));
}

export function matchesSan(certificate: Certificate, tests: readonly SanTest[]): boolean {
  return (certificate.names ?? []).some((name) => tests.some((test) => test(name)));
}
