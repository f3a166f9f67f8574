/** One round of scripts/fuzz: COUNT inputs of one seed. Prints the seed and what was used; exits 1 at the first input that legate fails on, and keeps it. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyInput, digest, seeds } from "../test/support/fuzz-run.ts";
import { newDice } from "../test/support/random.ts";

const COUNT = Number(process.argv[2] ?? 1000);
const MOST_MEMORY = 1 << 30;

const dice = newDice();
const files = seeds();
let most = 0;
let slowest = 0;
for (let i = 0; i < COUNT; i++) {
  const input = anyInput(dice, files);
  const start = performance.now();
  try {
    digest(input, dice);
    most = Math.max(most, process.memoryUsage.rss());
    if (most > MOST_MEMORY) throw new Error(`${most >> 20} MB of memory`);
  } catch (error) {
    const kept = join(mkdtempSync(join(tmpdir(), "legate-fuzz-")), input.name);
    writeFileSync(kept, input.bytes);
    console.error(`seed ${dice.seed}, input ${i}, kept as ${kept}: ${(error as Error).stack ?? String(error)}`);
    process.exit(1);
  }
  slowest = Math.max(slowest, performance.now() - start);
}
console.log(`seed ${dice.seed}: ${COUNT} inputs, the slowest ${Math.round(slowest)} ms, at most ${most >> 20} MB`);
