import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { legate, scratch } from "./binary.ts";

const repository = scratch();
const git = (...words: string[]): void => void execFileSync("git", ["-C", repository, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", ...words], { stdio: "ignore" });

test("diff takes git:REVISION:PATH, relative to the folder it is started in", () => {
  mkdirSync(join(repository, "sub"));
  const write = (text: string): void => writeFileSync(join(repository, "sub", "a.yaml"), text);
  git("init", "-q");
  write("name: c\ntype: STATIC\n");
  git("add", ".");
  git("commit", "-q", "-m", "one");
  write("name: c\ntype: STRICT_DNS\n");
  for (const [cwd, name] of [[join(repository, "sub"), "a.yaml"], [repository, "sub/a.yaml"], [join(repository, "sub"), "../sub/a.yaml"]] as const) {
    const { code, out, err } = legate(["diff", `git:HEAD:${name}`, name], { cwd });
    expect([code, err]).toEqual([1, "1 difference\n"]);
    expect(out).toContain(`"STATIC" -> "STRICT_DNS"  git:HEAD:${name}:2:7 -> ${name}:2:7`);
  }
  for (const [word, message] of [["git:HEAD:none.yaml", "is not known to git"], ["git:nothing:a.yaml", "is not known to git"]] as const) {
    const { code, err } = legate(["diff", word, "a.yaml"], { cwd: join(repository, "sub") });
    expect(code).toBe(2);
    expect(err).toContain(message);
  }
});
