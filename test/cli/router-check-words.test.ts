import { expect, test } from "vitest";
import { PARSE_ERROR, readToolWords } from "../../src/cli/router-check-words.ts";

const NAMES = ["config-path", "test-path", "details", "covall", "fail-under", "output-path", PARSE_ERROR];

function read(...words: string[]): Readonly<Record<string, string>> | undefined {
  const args = readToolWords(words);
  return args === undefined ? undefined : Object.fromEntries(NAMES.flatMap((name) => (args.has(name) ? [[name, args.text(name) ?? ""]] : [])));
}

test("words with a flag that only router_check_tool has are read as it reads them", () => {
  expect(read("-c", "a", "-t", "b", "-d")).toEqual({ "config-path": "a", "test-path": "b", details: "" });
  expect(read("--config-path", "a", "--test-path=b", "-f", "101.5")).toEqual({ "config-path": "a", "test-path": "b", "fail-under": "101.5" });
  expect(read("-c", "a", "--fail-under", "40", "log")).toBeUndefined();
  expect(read("-t", "a", "--help")).toBeUndefined();
});

test("words that it does not know are passed over, values are taken whatever they are", () => {
  expect(read("-t", "-d", "--bogus", "extra", "-c", "a")).toEqual({ "test-path": "-d", "config-path": "a" });
  expect(read("-t", "b", "--", "-c", "a")).toEqual({ "test-path": "b" });
});

test.each([
  [["-c", "a", "-t"], "-t (--test-path)", "Missing a value for this argument!"],
  [["-t", "b", "-c", "a", "-c", "a"], "-c (--config-path)", "Argument already set!"],
  [["--covall", "--covall"], "(--covall)", "Argument already set!"],
  [["-t", "b", "-f", "x"], "-f (--fail-under)", "Couldn't read argument value from string 'x'"],
])("a mistake is told in its words: %j", (words, argument, problem) => {
  expect(read(...words)?.[PARSE_ERROR]).toContain(`PARSE ERROR: Argument: ${argument}\n             ${problem}\n`);
});
