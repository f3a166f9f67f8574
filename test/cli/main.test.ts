import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { main } from "../../src/cli/main.ts";
import { readArgs } from "../../src/cli/parse.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { ENVOY_VERSION, VERSION } from "../../src/cli/version.ts";
import { run } from "./run.ts";

describe("legate without a proper command", () => {
  test("no words at all print the overview on standard error and exit 2", async () => {
    const { code, out, err } = await run([]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: legate COMMAND");
  });

  test("an unknown command is a usage error with a suggestion", async () => {
    const { code, out, err } = await run(["validat"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain('unknown command "validat". Did you mean validate?');
  });

  test("a bare flag starts nothing, but says how", async () => {
    const { code, err } = await run(["-c", "envoy.yaml"]);
    expect(code).toBe(2);
    expect(err).toContain("legate serve -c envoy.yaml");
  });

  test("names of object members are no commands", async () => {
    for (const word of ["constructor", "__proto__", "toString"]) expect((await run([word])).code).toBe(2);
  });

  test("--version names version, commit, Envoy's version and target", async () => {
    const { code, out } = await run(["--version"]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^legate ${VERSION} \\(commit \\S+, Envoy API ${ENVOY_VERSION}, \\w+-\\w+, \\w+ [\\d.]+\\)\n$`));
  });
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))("legate %s", (name, command) => {
  test("--help, -h and `legate help` print the same help, with every flag and an example", async () => {
    const { code, out, err } = await run([name, "--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const flag of command.flags) expect(out).toContain(`--${flag.name}`);
    expect(out).toContain(`legate ${command.examples[0]?.line}`);
    expect((await run([name, "-h"])).out).toBe(out);
    expect((await run(["help", name])).out).toBe(out);
  });

  test("an unknown flag is refused", async () => {
    const { code, out, err } = await run([name, "--no-such-flag"]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("unknown flag --no-such-flag");
  });

  test("every example of its help is a command line that parses", () => {
    for (const { line } of command.examples) {
      const words = shellWords(line);
      const at = words.indexOf(name);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(() => readArgs(command, words.slice(at + 1)), line).not.toThrow();
    }
  });

  test("no two of its flags share a name or a letter", () => {
    const letters = command.flags.flatMap((flag) => (flag.short === undefined ? [] : [flag.short]));
    expect(new Set(letters).size).toBe(letters.length);
    expect(new Set(command.flags.map((flag) => flag.name)).size).toBe(command.flags.length);
  });
});

test("a reader that went away ends the output quietly", async () => {
  const closed = (fd: number): never => {
    throw Object.assign(new Error("write EPIPE"), { code: "EPIPE", fd });
  };
  expect(await main(["--help"], new Terminal({}, () => false, closed))).toBe(0);
});

test("a fault is one line that asks for a report; the stack only with --verbose", async () => {
  const broken = async (words: readonly string[]): Promise<[number, string]> => {
    let err = "";
    const write = (fd: number, text: string): void => {
      if (fd === 1) throw new Error("boom");
      err += text;
    };
    return [await main(words, new Terminal({}, () => false, write)), err];
  };
  const [code, err] = await broken(["init"]);
  expect(code).toBe(2);
  expect(err).toMatch(/^legate init: internal error: boom\..*report.*\n$/);
  expect((await broken(["init", "--verbose"]))[1]).toContain("    at ");
});

/** Splits an example as a shell would, up to a pipe, a redirection or a list. */
function shellWords(line: string): string[] {
  const command = line.split(/\s(?:[|>]|>>|&&)\s/).find((part) => !/^(cat|kubectl|curl|git)\b/.test(part)) ?? line;
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? "");
}
