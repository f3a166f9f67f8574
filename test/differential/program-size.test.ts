/**
 * Regular expressions: Envoy and legate agree on which are valid, and on the size of RE2's program for them. LEGATE_PATTERNS sets how
 * many (300), LEGATE_SEED which. Envoy tells the sizes of a whole file of patterns as warnings.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { programSize } from "../../src/match/program-size.ts";
import { compileRegex } from "../../src/match/regex.ts";
import { findEnvoy } from "../support/envoy-json.ts";
import { randomPattern } from "../support/patterns.ts";
import { newDice } from "../support/random.ts";

const envoy = findEnvoy();
const COUNT = Number(process.env["LEGATE_PATTERNS"] ?? 300);
const BATCH = 100;
/** Envoy's own limit on the size of a program. */
const LIMIT = 100;
/**
 * Which part of the sizes may differ, by an instruction or a few: RE2 moves what alternatives have in common at their beginnings, conditions
 * without width in groups and quoted texts elsewhere than re2js does.
 */
const MOST_DIFFER = 0.05;
/** Verdicts that may differ: RE2 counts repetitions within others that are asked for zero times, and folds no letter beyond bytes. */
const MOST_REFUSED = 0.001;

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
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.on("close", (code) => {
      const sizes = [...text.matchAll(/RE2 program size of (\d+) > max/g)].map(([, size]) => Number(size));
      resolve({ error: code === 0 ? "" : (/error initializing configuration '[^']*': ([^]*)/.exec(text)?.[1] ?? text).slice(0, 200).trim(), sizes });
    });
  });
}

const isValid = (pattern: string): boolean => "fullMatch" in compileRegex(pattern);

it.skipIf(envoy === undefined)("patterns are valid for legate as for Envoy, with programs of the same size", async () => {
  const dice = newDice();
  const patterns = [...new Set(Array.from({ length: COUNT * 2 }, () => randomPattern(dice)))].slice(0, COUNT);
  const folder = mkdtempSync(join(tmpdir(), "regex-"));
  const differ: string[] = [];
  const [valid, invalid] = [patterns.filter(isValid), patterns.filter((pattern) => !isValid(pattern))];
  const refused: string[] = [];
  for (let rest = valid, file = 0; rest.length > 0; file++) {
    const batch = rest.slice(0, BATCH);
    const { error, sizes } = await ask(folder, batch, `batch-${file}.yaml`);
    for (const [i, size] of sizes.entries()) {
      const own = programSize(batch[i] ?? "");
      if (own > LIMIT !== size > LIMIT) refused.push(`${batch[i]}: Envoy ${size}, legate ${own}, on the two sides of the limit`);
      else if (own !== size) differ.push(`${batch[i]}: Envoy ${size}, legate ${own}`);
    }
    if (error !== "") refused.push(`${batch[sizes.length]}: Envoy ${error}, legate takes it`);
    rest = rest.slice(error === "" ? batch.length : sizes.length + 1);
  }
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < invalid.length) {
      const i = next++;
      const pattern = invalid[i] ?? "";
      if ((await ask(folder, [pattern], `one-${i}.yaml`)).error === "") refused.push(`${pattern}: Envoy takes it, legate says ${JSON.stringify(compileRegex(pattern))}`);
    }
  };
  await Promise.all([lane(), lane()]);
  rmSync(folder, { recursive: true, force: true });
  console.log(`seed ${dice.seed}: ${patterns.length} patterns, ${invalid.length} of them invalid; ${refused.length} verdicts and ${differ.length} sizes differ\n  ${[...refused, ...differ].join("\n  ")}`);
  expect(refused.length, refused.join("\n")).toBeLessThanOrEqual(Math.ceil(patterns.length * MOST_REFUSED));
  expect(differ.length / patterns.length).toBeLessThan(MOST_DIFFER);
}, 900_000);
