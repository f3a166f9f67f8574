/**
 * Regular expressions beside Envoy: the verdict on each pattern, the size of RE2's program for it, and the words in which it is refused.
 * LEGATE_PATTERNS sets how many valid and how many damaged ones (300), LEGATE_SEED which. Envoy tells the sizes of a whole file of
 * patterns as warnings, up to the first that it refuses.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { programSize } from "../../src/match/re2/program-size.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { findEnvoy } from "../support/envoy-json.ts";
import { brokenPattern, randomPattern } from "../support/patterns.ts";
import { type Dice, newDice } from "../support/random.ts";

const envoy = findEnvoy();
const COUNT = Number(process.env["LEGATE_PATTERNS"] ?? 300);
const BATCH = 100;

function bootstrap(patterns: readonly string[]): string {
  const routes = patterns.map((regex) => ({ match: { safe_regex: { regex } }, direct_response: { status: 200 } }));
  const manager = { "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", stat_prefix: "a", route_config: { virtual_hosts: [{ name: "v", domains: ["*"], routes }] } };
  return JSON.stringify({
    layered_runtime: { layers: [{ name: "s", static_layer: { re2: { max_program_size: { error_level: 100_000_000, warn_level: 0 } } } }] },
    static_resources: { listeners: [{ address: { socket_address: { address: "127.0.0.1", port_value: 1 } }, filter_chains: [{ filters: [{ name: "h", typed_config: manager }] }] }] },
  });
}

interface Told {
  /** What Envoy says of the file, "" if it is valid. */
  readonly error: string;
  /** The size of the program of each pattern, as far as Envoy came. */
  readonly sizes: readonly number[];
}

function ask(folder: string, patterns: readonly string[], name: string): Promise<Told> {
  writeFileSync(join(folder, name), bootstrap(patterns));
  return new Promise((resolve) => {
    const child = spawn(envoy ?? "", ["--mode", "validate", "-c", name, "-l", "warning"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    const parts: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => parts.push(chunk));
    child.on("close", (code) => {
      const text = Buffer.concat(parts).toString();
      const sizes = [...text.matchAll(/RE2 program size of (\d+) > max/g)].map(([, size]) => Number(size));
      resolve({ error: code === 0 ? "" : (/error initializing configuration '[^']*': ([^]*?)\n?$/.exec(text)?.[1] ?? text).replace(/\n\[\d{4}-[^]*$/, ""), sizes });
    });
  });
}

/** What legate says: the size, or the words of the refusal. */
function own(pattern: string): number | string {
  const said = programSize(pattern);
  return typeof said === "number" ? said : said.message;
}

/** What Envoy says of each, a file of many at a time. */
async function askAll(folder: string, patterns: readonly string[], label: string): Promise<(number | string)[]> {
  const said: (number | string)[] = [];
  for (let file = 0; said.length < patterns.length; file++) {
    const batch = patterns.slice(said.length, said.length + BATCH);
    const { error, sizes } = await ask(folder, batch, `${label}-${file}.yaml`);
    said.push(...sizes, ...(error === "" ? [] : [error]));
    expect(sizes.length === batch.length || error !== "", `${label}-${file}: Envoy told the sizes of ${sizes.length} of ${batch.length}`).toBe(true);
  }
  return said;
}

const distinct = (count: number, make: () => string): string[] => [...new Set(Array.from({ length: count * 2 }, make))].filter((pattern) => pattern !== "").slice(0, count);

/** The patterns in the files of the conformance folder and the examples. */
function writtenPatterns(): string[] {
  const found = new Set<string>();
  for (const folder of [conformanceFolder(), join(import.meta.dirname, "../../configs")]) {
    for (const entry of folder === undefined ? [] : readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(?:ya?ml|jsonl?)$/.test(entry.name)) continue;
      const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
      for (const document of entry.name.endsWith("l") && entry.name.includes(".json") ? text.split("\n") : [text]) collect(valuesIn(document), found);
    }
  }
  return [...found].filter((pattern) => pattern !== "").map((pattern) => pattern.toWellFormed());
}

function valuesIn(document: string): unknown[] {
  try {
    return parseAllDocuments(document, { logLevel: "silent" }).map((one) => one.toJS() as unknown);
  } catch {
    return [];
  }
}

/** Adds every `regex` of a value, also of documents written as a text in it. */
function collect(value: unknown, found: Set<string>): void {
  if (typeof value === "string" && /regex.*:/.test(value) && value.includes("\n")) collect(valuesIn(value), found);
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "regex" && typeof inner === "string") found.add(inner);
    else collect(inner, found);
  }
}

describe.skipIf(envoy === undefined)("RE2's program", () => {
  let folder = "";
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "regex-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const compare = async (patterns: readonly string[], label: string): Promise<void> => {
    const theirs = await askAll(folder, patterns, label);
    const differ = patterns.flatMap((pattern, i) => (own(pattern) === theirs[i] ? [] : [`${JSON.stringify(pattern)}: Envoy ${theirs[i]}, legate ${own(pattern)}`]));
    console.log(`${label}: ${patterns.length} patterns, ${theirs.filter((said) => typeof said === "string").length} of them refused; ${differ.length} differ`);
    expect(differ).toEqual([]);
  };

  const random = (make: (dice: Dice) => string, label: string) => async (): Promise<void> => {
    const dice = newDice();
    const made = distinct(COUNT, () => make(dice)).map((pattern) => pattern.toWellFormed());
    // Envoy starts anew behind each refusal: those that should be refused come last, so that most of the others share a file
    const sorted = made.toSorted((a, b) => Number(typeof own(a) === "string") - Number(typeof own(b) === "string"));
    await compare(sorted, `${label} ${dice.seed}`);
  };

  it("has the size that Envoy tells, of random patterns", random((dice) => randomPattern(dice), "random"), 1_800_000);
  it("is refused in Envoy's words where a slip has damaged the pattern", random(brokenPattern, "broken"), 1_800_000);
  it("has the size that Envoy tells, of the patterns of real configurations", () => compare(writtenPatterns(), "written"), 300_000);
});
