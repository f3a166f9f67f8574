/** Patterns of statistics' tags, which std::regex reads: Envoy and legate take and refuse the same, in the same words. LEGATE_PATTERNS sets how many (100), LEGATE_SEED which. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { stdRegexFault } from "../../src/match/std-regex/fault.ts";
import { findEnvoy } from "../support/envoy-json.ts";
import { brokenPattern } from "../support/patterns.ts";
import { newDice } from "../support/random.ts";

const envoy = findEnvoy();
const COUNT = Number(process.env["LEGATE_PATTERNS"] ?? 100);
/** Envoy's field rule. */
const LONGEST = 1024;
const PIECES = [
  "a", "b", "é", "\\", "[", "]", "(", ")", "{", "}", "?", "*", "+", "|", "^", "$", ".", "-", "1", "0", ",", ":", "=", "d", "w", "x", "u", "c", "(?:", "(?=", "(?!", "[:", ":]", "[.", ".]", "[=", "=]", "alpha", "{1,2}", "{2}", "\\1", "\\d", "\\x41", "\\b", "(a)", "[a-z]",
  "[[:digit:]]", "[^.]", "\\.", "_", "A", "\\u0041", "\\cA", "a-",
] as const;

/** What Envoy says of a file, "" if it takes it. */
function verdict(folder: string, name: string): Promise<string> {
  return new Promise((done) => {
    const child = spawn(envoy ?? "", ["--mode", "validate", "-c", name, "-l", "error"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    const parts: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => parts.push(chunk));
    child.on("close", (code) => done(code === 0 ? "" : (/error initializing configuration '[^']*': ([^]*?)\n?$/.exec(Buffer.concat(parts).toString())?.[1] ?? "no reason given")));
  });
}

it.skipIf(envoy === undefined)("patterns of tags are taken and refused as by Envoy, in its words", async () => {
  const dice = newDice();
  const folder = mkdtempSync(join(tmpdir(), "std-regex-"));
  const made = Array.from({ length: COUNT * 2 }, (_, i) => (i % 3 === 0 ? brokenPattern(dice) : Array.from({ length: 1 + dice.below(7) }, () => dice.pick(PIECES)).join("")).toWellFormed());
  const patterns = [...new Set(made)].filter((pattern) => pattern !== "" && Buffer.byteLength(pattern) <= LONGEST).slice(0, COUNT);
  const differ: string[] = [];
  let [next, refused] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < patterns.length) {
      const i = next++;
      const regex = patterns[i] ?? "";
      writeFileSync(join(folder, `${i}.json`), JSON.stringify({ stats_config: { stats_tags: [{ tag_name: "t", regex }] } }));
      const [theirs, fault] = [await verdict(folder, `${i}.json`), stdRegexFault(regex)];
      if (theirs !== "") refused++;
      if (theirs !== (fault === undefined ? "" : `Invalid regex '${regex}': ${fault}`)) differ.push(`${JSON.stringify(regex)}: Envoy ${JSON.stringify(theirs)}, legate ${fault}`);
    }
  };
  await Promise.all([lane(), lane()]);
  rmSync(folder, { recursive: true });
  console.log(`seed ${dice.seed}: ${patterns.length} patterns, ${refused} of them refused`);
  expect(differ).toEqual([]);
}, 900_000);
