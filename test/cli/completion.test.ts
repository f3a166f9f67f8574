import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { run } from "./run.ts";

const SYNTAX: Readonly<Record<string, readonly string[]>> = { bash: ["bash", "-n"], zsh: ["zsh", "-n"], fish: ["fish", "--no-execute"], powershell: ["pwsh", "-NoProfile", "-File"] };

describe.each(Object.entries(SYNTAX))("completion %s", (shell, [program = "", ...words]) => {
  test("names every command and flag", async () => {
    const { code, out } = await run(["completion", shell]);
    expect(code).toBe(0);
    for (const command of COMMANDS) {
      expect(out).toContain(command.name);
      for (const flag of command.flags) expect(out).toContain(flag.name);
    }
  });

  test("is a script that the shell takes", async (context) => {
    if (spawnSync(program, ["--version"]).error !== undefined) context.skip(`${program} is not installed`);
    const file = join(mkdtempSync(join(tmpdir(), "legate-completion-")), `legate.${shell === "powershell" ? "ps1" : shell}`);
    writeFileSync(file, (await run(["completion", shell])).out);
    const checked = spawnSync(program, [...words, file], { encoding: "utf8" });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });
});

describe("completion in bash offers", () => {
  const complete = async (...line: string[]): Promise<string[]> => {
    const script = `${(await run(["completion", "bash"])).out}\nCOMP_WORDS=(${line.map((word) => `'${word}'`).join(" ")})\nCOMP_CWORD=${line.length - 1}\n_legate\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`;
    return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim().split("\n");
  };

  test("commands, flags, values of flags and words", async () => {
    expect(await complete("legate", "comp")).toEqual(["completion"]);
    expect(await complete("legate", "init", "--in")).toEqual(["--into"]);
    expect(await complete("legate", "init", "--color", "al")).toEqual(["always"]);
    expect(await complete("legate", "init", "can")).toEqual(["canary"]);
  });
});
