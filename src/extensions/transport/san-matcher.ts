/** Matchers of subject alternative names (Envoy's SanMatcher): by type, and DNS names with wildcards. */
import type { Certificate, SanType, SubjectAltName } from "../../codec/certificate.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
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

/** A wildcard stands for part of the first label, of names that are no A-labels (RFC 6125 6.4.3). */
export function dnsNameMatches(wanted: string, pattern: string): boolean {
  const name = wanted.toLowerCase();
  const lower = pattern.toLowerCase();
  if (name === lower) return true;
  const [nameDot, patternDot] = [name.indexOf("."), lower.indexOf(".")];
  if (nameDot < 0 || patternDot < 0) return false;
  const [label, first] = [name.slice(0, nameDot), lower.slice(0, patternDot)];
  const star = first.indexOf("*");
  const rest = lower.slice(patternDot);
  if (star < 0 || first.indexOf("*", star + 1) >= 0 || rest.includes("*") || first.startsWith("xn--") || rest !== name.slice(nameDot)) return false;
  return label.length >= first.length - 1 && label.startsWith(first.slice(0, star)) && label.endsWith(first.slice(star + 1));
}

export function matchesSan(certificate: Certificate, tests: readonly SanTest[]): boolean {
  return (certificate.names ?? []).some((name) => tests.some((test) => test(name)));
}
