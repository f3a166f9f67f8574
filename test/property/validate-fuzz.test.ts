/** validate and migrate end, whatever they are given. LEGATE_FUZZ sets how many inputs (200), LEGATE_SEED which; scripts/fuzz runs for long. */
import { expect, test } from "vitest";
import { anyInput, digest, seeds } from "../support/fuzz-run.ts";
import { newDice } from "../support/random.ts";

const COUNT = Number(process.env["LEGATE_FUZZ"] ?? 200);
/** No input takes longer; it is far above what any should, since machines are shared. */
const LONGEST_MS = 30_000;

test("inputs that nobody would write are answered, not crashed on", () => {
  const dice = newDice();
  const files = seeds();
  for (let i = 0; i < COUNT; i++) {
    const input = anyInput(dice, files);
    const start = performance.now();
    try {
      digest(input, dice);
    } catch (error) {
      throw new Error(`seed ${dice.seed}, input ${i} (${input.name}): ${(error as Error).stack ?? String(error)}\n${new TextDecoder().decode(input.bytes).slice(0, 3000)}`, { cause: error });
    }
    expect(performance.now() - start, `seed ${dice.seed}, input ${i}`).toBeLessThan(LONGEST_MS);
  }
}, 3_600_000);
