import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BINARY, ROOT, scratch } from "./binary.ts";

/** System calls that reach beyond reading files. */
const WATCHED = "socket,connect,bind,listen,execve,open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,clone,clone3,fork,vfork";

const traffic = scratch();
const recorded = (name: string, text: string): string => {
  writeFileSync(join(traffic, name), text);
  return join(traffic, name);
};
const LOG = recorded("access.log", '[2026-01-02T03:04:05.678Z] "GET /service/1 HTTP/1.1" 200 - 0 12 3 2 "-" "curl/8" "6f1f" "x" "10.1.2.3:80"\n');
const ALL_KINDS = [
  LOG, recorded("c.sh", "curl http://x/service/1\n"), recorded("r.http", "GET /service/2 HTTP/1.1\nhost: x\n\n"), recorded("t.yaml", "- url: http://x/service/1\n"),
  recorded("a.har", '{"log": {"entries": [{"request": {"method": "GET", "url": "http://x/service/1", "headers": []}}]}}'), recorded("j.log", '{"method": "GET", "path": "/", "authority": "x", "status": 200}\n'),
  recorded("n.log", '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 12 "-" "-"\n'),
];

const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["validate", ["validate", "configs", "--format", "json"]],
  ["diff", ["diff", "configs/front-proxy.yaml", "configs/canary.yaml"]],
  ["simulate-route", ["simulate-route", "-c", "configs/front-proxy.yaml", "--url", "http://x/service/1", "--explain"]],
  ["simulate-route with every kind of traffic", ["simulate-route", "-c", "configs/front-proxy.yaml", ...ALL_KINDS, "--host", "x", "--coverage"]],
  ["simulate-route --compare", ["simulate-route", "--compare", "configs/front-proxy.yaml", "configs/canary.yaml", LOG]],
  ["explain", ["explain", "LGT0101"]],
  ["init", ["init", "canary"]],
];

/** The calls of one run, one a line. */
function callsOf(words: readonly string[]): string[] {
  const folder = scratch();
  const traced = spawnSync("strace", ["-ff", "-qq", "-e", `trace=${WATCHED}`, "-o", join(folder, "trace"), BINARY, ...words], { cwd: ROOT, encoding: "utf8" });
  expect(traced.error).toBeUndefined();
  return readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
}

describe.each(COMMANDS)("%s", (_name, words) => {
  test("opens no socket, writes no file and starts no process", (context) => {
    if (spawnSync("strace", ["-V"]).error !== undefined) context.skip("strace is not installed");
    const calls = callsOf(words);
    expect(calls.length).toBeGreaterThan(3);
    expect(calls.filter((call) => /^(socket|connect|bind|listen)\(/.test(call))).toEqual([]);
    expect(calls.filter((call) => call.startsWith("execve(")).length).toBe(1);
    expect(calls.filter((call) => /^(fork|vfork)\(|^clone/.test(call) && !call.includes("CLONE_THREAD"))).toEqual([]);
    const written = calls.filter((call) => /O_(WRONLY|RDWR|CREAT)|^(creat|unlink|rename|mkdir)/.test(call) && !/"\/(dev|proc)\//.test(call));
    expect(written).toEqual([]);
  });
});
