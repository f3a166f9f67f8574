import { describe, expect, test } from "vitest";
import { jwtAuthn } from "../../../src/extensions/http/jwt-authn.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { type Run, runFilter } from "../../support/filter-run.ts";
import { KEY_SET, token } from "../../support/jwt.ts";

const PROVIDER = { issuer: "i", local_jwks: { inline_string: KEY_SET }, payload_in_metadata: "p", claim_to_headers: [{ header_name: "x-sub", claim_name: "sub" }] };
const CONFIG = { providers: { a: PROVIDER }, rules: [{ match: { prefix: "/" }, requires: { provider_name: "a" } }] };
const bearer = (text: string): [string, string] => ["authorization", `Bearer ${text}`];
const claims = (more: object = {}): object => ({ iss: "i", sub: "bob", ...more });
const run = (text: string, more: object = {}): Run => runFilter(jwtAuthn, { ...CONFIG, providers: { a: { ...PROVIDER, ...more } } }, [bearer(text)]);

httpFilterSuite("jwt_authn", () => ({ entry: filterEntry(jwtAuthn, { ...CONFIG, rules: [{ match: { prefix: "/" }, requires: { allow_missing_or_failed: {} } }] }) }));

describe("JSON Web Tokens", () => {
  test.each(["HS256", "RS256", "PS384", "ES256", "ES512", "EdDSA"])("a good one by %s passes, and is taken away", (alg) => {
    const { status, sent, stage } = run(token(alg, {}, claims()));
    expect([status, sent.at(-1), sent.some((line) => line.startsWith("authorization")), stage.info.metadata]).toEqual(["200", "x-sub: bob", false, { "envoy.filters.http.jwt_authn": { p: claims() } }]);
  });

  test("a bad one is refused with its reason", () => {
    const { status, body, details, stage } = run(`${token("HS256", { kid: "hs" }, claims())}x`);
    expect([status, body, details]).toEqual(["401", "Jwt verification fails", "jwt_authn_access_denied{Jwt_verification_fails}"]);
    expect(stage.response.head).toContain('www-authenticate: Bearer realm="http://x/", error="invalid_token"');
    expect(runFilter(jwtAuthn, CONFIG).stage.response.head).toContain('www-authenticate: Bearer realm="http://x/"');
  });

  test("no key confuses another's algorithm", () => {
    const rsaOnly = { local_jwks: { inline_string: JSON.stringify({ keys: (JSON.parse(KEY_SET) as { keys: { kty: string }[] }).keys.filter(({ kty }) => kty === "RSA") }) } };
    expect([run(token("HS256", {}, claims()), rsaOnly).body, run(token("EdDSA", {}, claims()), rsaOnly).body, run(token("HS256", { alg: "none" }, claims())).body]).toEqual([
      "Jwt verification fails", "Jwt verification fails", "Jwt header [alg] is not supported",
    ]);
  });

  test("times hold with the clock skew", () => {
    const now = 1_767_225_600;
    const at = (exp: number, skew = 0): string => run(token("HS256", {}, claims({ exp })), { clock_skew_seconds: skew }).status;
    expect([at(now - 50), at(now - 70), at(now - 50, 10), at(now + 50, 10)]).toEqual(["200", "401", "401", "200"]);
  });

  test("huge and deep tokens are answered soon", () => {
    const deep = token("HS256", {}, `{"a":${"[".repeat(100_000)}`);
    const quotes = token("HS256", {}, `{"a":"${'\\"'.repeat(250_000)}`);
    const began = performance.now();
    expect([run(deep).body, run(quotes).body, run("a".repeat(1_000_000)).body, run(token("HS256", {}, claims({ x: "y".repeat(700_000) }))).status]).toEqual([
      "Jwt payload is an invalid JSON", "Jwt payload is an invalid JSON", "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections", "200",
    ]);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("a claim cannot break a header", () => {
    expect(run(token("HS256", {}, claims({ sub: "a\r\nx-admin: 1" }))).sent.join()).not.toContain("admin");
  });

  test("tokens that were good are remembered, so many of them", () => {
    const cached = { jwt_cache_config: { jwt_cache_size: 2 } };
    const text = token("RS256", {}, claims());
    expect([run(text, cached).status, run(text, cached).status]).toEqual(["200", "200"]);
  });
});
