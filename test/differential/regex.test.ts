/** RE2's syntax and meaning: each pattern is taken or refused as Envoy does, in the same words, and matches the same values. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toWire } from "../../src/base/wire-text.ts";
import { compileRegex } from "../../src/match/regex.ts";
import { askAll } from "../support/keep-alive-client.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { referenceCommand, Subject } from "../support/subject.ts";
import { asType } from "./generated/draft.ts";

const PATTERNS = String.raw`(?<n>a) (?P<n>a) (?P<n>a)(?P<n>b) \C \Qa.b\E x{1000} x{1001} (x{500}){3} \pN \p{Greek} \p{^Greek} \pX (?i)a(?-i)b [[:word:]] [[:foo:]] \z \Z \G \A \B a{,2} a{2 a{2,1}
\x{110000} \x{10FFFF} \xZ (?P=n) (?U)a* (?s-m:a) (?x)a (?:a [a-\d] [\d-z] [z-a] []a] [^]a] [] a** a*? a+? a++ a?? a*+ (?>a) (?#c) \1 \01 \07 \8 \e \a \f \v \cA \_ \- \: \é é+ [é-ü] (?i)é \pé ^* $* (|a)* ()+
(?i (?i) \Q \E a\ (?P<1a>b) (?P<a-b>c) (?P<>a) (?'n'a) \N{x} \R \h \K \X [[:^alpha:]] [[:alpha:] [\pL] [\PL\d] \b+ ^^^ a||b (a a) [a ] { } } {1} x{0} x{1,} \ud800 (?m)^a$ \d{3,5}? (?:(?i)a)b \w+-\w+ [\w-] [a-] [-a]
[a-b-c] [\b] [\Q] \\ \/ (?n)a (?a)a (?-i)a (?^i)a [[=a=]] [[.a.]] \p{L} \p{Lu}\P{Lu} \pL+ \p{} \p \x \x{} \x{41} \0 \00 \777 \u0041 .* .+x a.c [^a]+ (a+)+b (a|ab)(c|bcd)(d*) (?i)k (?i)K+ \s+ \S+ \W [^\W_]+ (?i:a)B \babc\b
a\b.* x* (x|y|z)* [A-z] [\x00-\x7f]+ [^\x00-\x7f]+ (?s).* .\z ^a|b$ (^a|b)c ((a)|(b))+ a{0,2}b{2,} (?U:a+)a+ [[:punct:]]+ [[:xdigit:]]+ \d\D`.split(/\s/);
const LETTERS = ["a", "b", "c", "d", "x", "y", "z", "k", "K", "A", "B", "1", "9", "_", "-", ".", "/", "é", "ü", "\\", "{", "}", "]", "[", "^", "@"] as const;
const PER_PATTERN = 40;

const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

function configuration(routes: readonly object[], admin: number, port: number): string {
  const manager = asType("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "x", route_config: { virtual_hosts: [{ name: "v", domains: ["*"], routes }] }, http_filters: [{ name: "router", typed_config: asType("envoy.extensions.filters.http.router.v3.Router", {}) }],
  });
  return JSON.stringify({
    admin: { address: address(admin) }, static_resources: { listeners: [{ name: "l", address: address(port), filter_chains: [{ filters: [{ name: "hcm", typed_config: manager }] }] }] },
    layered_runtime: { layers: [{ name: "s", static_layer: { re2: { max_program_size: { error_level: 1_000_000 } } } }] },
  });
}

const route = (regex: string, i: number): object => ({
  match: { prefix: `/${i}/`, headers: [{ name: "x-value", string_match: { safe_regex: { regex } } }] }, direct_response: { status: 200 },
});

/** What Envoy says of a configuration: "" if it takes it. */
function verdict(envoy: string, file: string): Promise<string> {
  return new Promise((done) => {
    const child = spawn(envoy, ["--mode", "validate", "-c", file, "--concurrency", "1"], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("close", (code) => done(code === 0 ? "" : (/error initializing configuration '[^']*': (.*)/.exec(said)?.[1] ?? said)));
  });
}

const ours = (pattern: string): string => {
  const regex = compileRegex(pattern);
  return "fullMatch" in regex ? "" : regex.message;
};

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of regular expressions: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  describe("regular expressions are RE2's", () => {
    const envoy = reference.argv[0] ?? "";
    let folder = "";
    beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "legate-regex-"))));
    afterAll(() => rmSync(folder, { recursive: true }));

    test("each pattern is taken or refused in the same words", async () => {
      const said: [string, string][] = [];
      const rest = [...PATTERNS.entries()];
      const work = async (): Promise<void> => {
        for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
          const [i, pattern] = next;
          const file = join(folder, `${i}.json`);
          writeFileSync(file, configuration([route(pattern, 0)], 1, 2));
          said.push([pattern, await verdict(envoy, file)]);
        }
      };
      await Promise.all([work(), work(), work()]);
      expect(said.map(([pattern]) => [pattern, ours(pattern)])).toEqual(said);
    }, 300_000);

    test("each pattern matches the same values", async () => {
      const dice = newDice();
      const valid = PATTERNS.filter((pattern) => ours(pattern) === "");
      const [admin = 0, port = 0] = await freePorts(2);
      const file = join(folder, "all.json");
      writeFileSync(file, configuration(valid.map(route), admin, port));
      const subject = await Subject.start(reference, file, admin, 60_000);
      try {
        const questions = valid.flatMap((pattern, i) => Array.from({ length: PER_PATTERN }, () => ({ pattern, i, value: Array.from({ length: 1 + dice.below(5) }, () => dice.pick(LETTERS)).join("") })));
        const answers = await askAll(port, questions.map(({ i, value }) => ({ method: "GET", text: `GET /${i}/ HTTP/1.1\r\nhost: a\r\nx-value: ${toWire(value)}\r\n\r\n` })));
        let matched = 0;
        for (const [k, { pattern, value }] of questions.entries()) {
          const regex = compileRegex(pattern);
          const matches = "fullMatch" in regex && regex.fullMatch(toWire(value));
          if (matches) matched++;
          expect(answers[k]?.startsWith("HTTP/1.1 200") === true, `seed ${dice.seed}: ${pattern} on ${value}`).toBe(matches);
        }
        console.log(`seed ${dice.seed}: ${questions.length} values, ${matched} match`);
        expect(matched).toBeGreaterThan(200);
      } finally {
        await subject.stop();
      }
    }, 120_000);
  });
}
