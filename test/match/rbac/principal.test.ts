import { expect, test } from "vitest";
import type { MatchSubject } from "../../../src/match/inputs/subject.ts";
import { compilePrincipal } from "../../../src/match/rbac/principal.ts";

const TYPE = "type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config";
const NAMES: Readonly<Record<string, readonly string[]>> = { DNS: ["*.a.test", "b.test"], URI: ["spiffe://a/b"] };
const subject = (validated: boolean): MatchSubject => ({ tls: { validated, uriSans: [], dnsSans: [], subject: "", names: (type: string) => NAMES[type] ?? [] } }) as unknown as MatchSubject;

function passes(config: object, of: MatchSubject = subject(true)): boolean {
  return compilePrincipal({ custom: { name: "m", typed_config: { "@type": TYPE, ...config } } } as never, { report: () => undefined })(of);
}

test("a good certificate of the client, whatever its names", () => {
  const any = { any_validated_client_certificate: true };
  expect([passes(any), passes(any, subject(false)), passes(any, { tls: null } as unknown as MatchSubject)]).toEqual([true, false, false]);
});

test("a name of a type", () => {
  const named = (san_type: string, matcher: object): boolean => passes({ san_matcher: { san_type, matcher } });
  expect([named("DNS", { exact: "x.a.test" }), named("DNS", { exact: "a.test" }), named("DNS", { suffix: "b.test" }), named("URI", { prefix: "spiffe://a/" }), named("EMAIL", { prefix: "" }), named("URI", { exact: "b.test" })]).toEqual([true, false, true, true, false, false]);
});
