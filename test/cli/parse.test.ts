import { describe, expect, test } from "vitest";
import type { Command } from "../../src/cli/command.ts";
import { wholeNumber } from "../../src/cli/common-flags.ts";
import { readArgs } from "../../src/cli/parse.ts";

const PROBE: Command = {
  name: "probe",
  summary: "",
  about: "",
  positionals: { usage: "[FILE...]", min: 0, max: 2 },
  flags: [
    { name: "header", short: "H", value: "H", repeat: true, help: "" },
    { name: "config-path", short: "c", value: "FILE", help: "" },
    { name: "mode", value: "MODE", choices: ["serve", "validate"], help: "" },
    { name: "count", value: "N", check: wholeNumber(1, 8), help: "" },
    { name: "explain", help: "" },
  ],
  examples: [],
  run: async () => 0,
};

describe("a command line is read strictly", () => {
  test("repeated flags keep every value in order", () => {
    const args = readArgs(PROBE, ["-H", "a: 1", "--header", "b: 2", "--header=c: 3"]);
    expect(args.all("header")).toEqual(["a: 1", "b: 2", "c: 3"]);
  });

  test("short, long and inline forms are one flag", () => {
    for (const words of [["-c", "x"], ["-cx"], ["--config-path", "x"], ["--config-path=x"]]) expect(readArgs(PROBE, words).text("config-path")).toBe("x");
  });

  test("- is a value and a word; after -- every word is a word", () => {
    const args = readArgs(PROBE, ["-c", "-", "--", "--explain", "-"]);
    expect(args.text("config-path")).toBe("-");
    expect(args.positionals).toEqual(["--explain", "-"]);
    expect(args.has("explain")).toBe(false);
  });

  test.each([
    [["--explian"], "unknown flag --explian. Did you mean --explain?"],
    [["--constructor"], "unknown flag --constructor"],
    [["-z"], "unknown flag -z"],
    [["--mode", "server"], '--mode: "server" is none of serve, validate. Did you mean serve?'],
    [["--count", "9"], '--count: "9" is not a whole number from 1 to 8'],
    [["--count", "1e0"], '--count: "1e0" is not a whole number from 1 to 8'],
    [["--count"], "--count needs a value: --count N"],
    [["--config-path", "--explain"], '--config-path needs a value, but "--explain" follows, which looks like a flag (if it is meant: --config-path=--explain)'],
    [["--explain=yes"], '--explain takes no value, but "yes" was given'],
    [["-c", "a", "-c", "b"], '-c is given twice ("a" and "b")'],
    [["a", "b", "c"], 'too many arguments: "c" (expected [FILE...])'],
  ])("%j is refused: %s", (words, message) => {
    expect(() => readArgs(PROBE, words)).toThrow(message);
  });
});
