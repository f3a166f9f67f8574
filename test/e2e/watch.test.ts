import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BINARY, scratch } from "./binary.ts";

test("validate --watch checks again when the file is saved, in place or by a rename, and ends on Ctrl-C with the last verdict", async () => {
  const folder = scratch();
  const [file, other] = [join(folder, "a.yaml"), join(folder, "new")];
  writeFileSync(file, "admin: {}\n");
  const watching = spawn(BINARY, ["validate", "--watch", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  watching.stderr.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<number | null>((resolve) => watching.once("exit", resolve));
  const summaries = async (count: number): Promise<string[]> => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const lines = said.split("\n").filter((line) => line.includes("file checked"));
      if (lines.length >= count) return lines;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`expected ${count} summaries, got: ${said}`);
  };
  try {
    await summaries(1);
    await new Promise((resolve) => setTimeout(resolve, 300)); // until it watches
    writeFileSync(file, "admin: {}\nnod: {}\n");
    expect((await summaries(2))[1]).toBe("1 file checked: 1 error");
    await new Promise((resolve) => setTimeout(resolve, 300));
    writeFileSync(other, "admin: {}\n");
    renameSync(other, file);
    expect((await summaries(3))[2]).toBe("1 file checked, nothing wrong");
  } finally {
    watching.kill("SIGINT");
  }
  expect(await ended).toBe(0);
});

test("simulate-route --watch replays again when the configuration or the requests are saved, also after one that could not be read", async () => {
  const folder = scratch();
  const [config, requests] = [join(folder, "r.yaml"), join(folder, "t.yaml")];
  const table = (cluster: string): string => `name: r\nvirtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${cluster} } }] }]\n`;
  writeFileSync(config, table("a"));
  writeFileSync(requests, "- { url: http://x/, expect: { cluster: a } }\n");
  const watching = spawn(BINARY, ["simulate-route", "-c", config, requests, "--watch"], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  watching.stderr.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<number | null>((resolve) => watching.once("exit", resolve));
  const until = async (pattern: RegExp): Promise<void> => {
    for (let attempt = 0; attempt < 200 && !pattern.test(said); attempt++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(said).toMatch(pattern);
    said = "";
    await new Promise((resolve) => setTimeout(resolve, 300)); // until it watches again
  };
  try {
    await until(/1 test, 0 failed/);
    writeFileSync(config, table("b"));
    await until(/1 test, 1 failed/);
    writeFileSync(config, "virtual_hosts: [\n");
    await until(/cannot be used/);
    writeFileSync(config, table("b"));
    await until(/1 test, 1 failed/);
    writeFileSync(requests, "- { url: http://x/, expect: { cluster: b } }\n");
    await until(/1 test, 0 failed/);
  } finally {
    watching.kill("SIGINT");
  }
  expect(await ended).toBe(0);
});
