import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { legate, scratch } from "./binary.ts";

const folder = scratch();
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

mkdirSync(join(folder, "folder"));
chmodSync(join(folder, file("locked.yaml", "admin: {}\n")), 0o000);
const bomb = `a0: &a0 [${"x,".repeat(9)}x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}*a${i}]\n`).join("")}`;
const deep = (levels: number): string => `{${'"a":{'.repeat(levels - 1)}${"}".repeat(levels)}`;

/** Input, and what standard output must say about it; every one of them is unreadable or unparsable: exit code 2. */
const UNREADABLE: readonly (readonly [string, string, RegExp])[] = [
  ["a missing file", "absent.yaml", /absent\.yaml.*does not exist/],
  ["a file below a file", join(file("plain.yaml", "admin: {}\n"), "x.yaml"), /does not exist/],
  ["an empty file", file("empty.yaml", ""), /empty\.yaml:1:1[\s\S]*empty/],
  ["a file of white space", file("blank.yaml", "\n\n  \n"), /empty/],
  ["binary junk", file("junk.yaml", Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251)), /junk\.yaml:1:2[\s\S]*binary/],
  ["text that is not UTF-8", file("latin1.yaml", Buffer.from("node: { id: M\xfcller }\n", "latin1")), /latin1\.yaml:1:14[\s\S]*UTF-8/],
  ["a YAML bomb", file("bomb.yaml", bomb), /bomb\.yaml:\d+:\d+[\s\S]*[Aa]lias/],
  ["101 levels of nesting in JSON", file("deep.json", deep(101)), /deep\.json:1:\d+[\s\S]*100/],
  ["10,000 levels of nesting in YAML", file("deep.yaml", `${"[".repeat(10_000)}\n`), /deep\.yaml:1:\d+/],
  ["broken YAML", file("broken.yaml", "node:\n  id: x\n bad: [\n"), /broken\.yaml:[234]:\d+/],
  ["broken JSON", file("broken.json", '{"node": {"id": }}'), /broken\.json:1:\d+/],
  ["a list", file("list.yaml", "- a\n- b\n"), /list\.yaml:1:1[\s\S]*list/],
  ["a scalar", file("scalar.yaml", "hello\n"), /scalar\.yaml:1:1/],
  ["another kind of YAML", file("pod.yaml", "apiVersion: v1\nkind: Pod\n"), /pod\.yaml:2:7[\s\S]*Kubernetes Pod/],
  ["a revision unknown to git", "git:no-such-revision:x.yaml", /git/],
  ["a git revision that looks like a flag", "git:--upload-pack=x:y", /revision/],
];

describe("validate names the place, exits 2 and prints no stack for", () => {
  test.each(UNREADABLE)("%s", (_title, name, message) => {
    const { code, out, err } = legate(["validate", name], { cwd: folder });
    expect(out).toMatch(message);
    expect(out + err).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(code).toBe(2);
  });

  test("a file that may not be read", (context) => {
    if (process.getuid?.() === 0) context.skip("root may read every file");
    const { code, out } = legate(["validate", "locked.yaml"], { cwd: folder });
    expect(out).toMatch(/locked\.yaml.*permission/);
    expect(code).toBe(2);
  });
});

describe("validate exits 2 and says on standard error what is wrong with the command line for", () => {
  test.each([
    ["an empty folder", ["folder"], /holds no/],
    ["a pattern without a match", ["*.nothing"], /no file matches/],
    ["an unknown flag", ["--unknown-flag", "plain.yaml"], /unknown flag --unknown-flag/],
    ["no path", [], /missing argument/],
    ["a type that is none", ["--type", "clutser", "plain.yaml"], /no kind or message "clutser"/],
    ["an output file that cannot be written", ["plain.yaml", "--output-file", "absent/x"], /cannot write absent\/x/],
  ])("%s", (_title, words, message) => {
    const { code, out, err } = legate(["validate", ...words], { cwd: folder });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

test("100 levels of nesting are read", () => {
  const { out } = legate(["validate", file("ok.json", deep(100)), "--type", "bootstrap"], { cwd: folder });
  expect(out).toContain('no field "a"');
});

test("every error of a file comes at once, each with its line", () => {
  const name = file("many.yaml", "static_resources:\n  clusters:\n    - nam: a\n      connect_timeout: soon\n  listenrs: []\n");
  const { code, out } = legate(["validate", name, "--format", "compact"], { cwd: folder });
  expect(code).toBe(1);
  for (const line of [3, 4, 5]) expect(out).toContain(`many.yaml:${line}:`);
});

test("diff refuses an unreadable side with exit code 2", () => {
  const { code, err } = legate(["diff", "plain.yaml", "absent.yaml"], { cwd: folder });
  expect(err).toContain("does not exist");
  expect(code).toBe(2);
});
