import { createServer, type Server } from "node:http";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../support/ports.ts";
import { ROOT, scratch } from "./binary.ts";
import { ask, ready, Serving } from "./serving.ts";

const CONFIGS = join(ROOT, "configs");

/** The ports that the examples use, and free ones in their place. */
const ports = new Map<number, number>();
const services: Server[] = [];

beforeAll(async () => {
  const free = await freePorts(5);
  [9901, 10_000, 10_080, 8001, 8002].forEach((port, index) => ports.set(port, free[index] ?? 0));
  for (const port of [8001, 8002]) {
    const server = createServer((request, response) => response.end(`${port} ${request.headers.host} ${request.url}`));
    services.push(server);
    await new Promise<void>((resolve) => server.listen(ports.get(port), "127.0.0.1", resolve));
  }
});

afterAll(() => services.forEach((server) => server.close()));

/** A copy of configs/ with those ports. */
function copyOf(path: string, folder: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const [from, to] = [join(path, entry.name), join(folder, entry.name)];
    if (entry.isDirectory()) {
      mkdirSync(to);
      copyOf(from, to);
    } else writeFileSync(to, readFileSync(from, "utf8").replace(/port_value: (\d+)/g, (_, port: string) => `port_value: ${ports.get(Number(port))}`));
  }
}

/** What each example says it does. */
const EXAMPLES: readonly (readonly [string, number, readonly (readonly [string, string, number, string | RegExp])[]])[] = [
  ["front-proxy.yaml", 10_000, [["/service/1", "x", 200, "8001 x /service/1"], ["/service/2?a", "x", 200, "8002 x /service/2?a"], ["/other", "x", 404, ""]]],
  ["canary.yaml", 10_000, [["/", "x", 200, /^800[12] x \/$/]]],
  ["path-rewrite.yaml", 10_000, [
    ["/api/v1/users?page=2", "x", 200, "8001 x /users?page=2"], ["/api/v10/x", "x", 200, "8001 x /api/v10/x"], ["/old/a/b", "x", 200, "8001 x /new/a/b"],
    ["/users/42/orders/7", "x", 200, "8001 x /orders/7/of/42"], ["/docs/x", "x", 200, "8001 docs.internal /docs/x"],
  ]],
  ["static-answers.yaml", 10_000, [["/healthz", "x", 200, "ok\n"], ["/robots.txt", "x", 200, "User-agent: *\nDisallow: /\n"], ["/x", "x", 503, "Back in an hour.\n"]]],
  ["redirect-https.yaml", 10_080, [["/shop?item=7", "www.example.com", 301, "https://www.example.com/shop?item=7"], ["/a/b", "old.example.com", 308, "https://www.example.com/a/b"], ["/healthz", "x", 200, "ok\n"]]],
  ["xds-files/bootstrap.yaml", 10_000, [["/service/1", "x", 200, "8001 x /service/1"], ["/service/2", "x", 200, "8002 x /service/2"]]],
];

test("every example is among those tried here", () => {
  const names = readdirSync(CONFIGS, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/bootstrap.yaml` : entry.name));
  expect(EXAMPLES.map(([name]) => name).sort()).toEqual(names.sort());
});

describe.each(EXAMPLES)("%s", (name, port, requests) => {
  test("serves what its comments say", async () => {
    const folder = scratch();
    copyOf(CONFIGS, folder);
    const serving = new Serving(["serve", "-c", name.split("/").pop() ?? "", "--concurrency", "1"], join(folder, name, ".."));
    try {
      await ready(ports.get(9901));
      for (const [path, host, status, expected] of requests) {
        const answer = await ask(`http://127.0.0.1:${ports.get(port)}${path}`, { headers: { host } });
        const text = answer.headers.get("location") ?? await answer.text();
        expect([path, answer.status]).toEqual([path, status]);
        if (typeof expected === "string") expect(text).toBe(expected);
        else expect(text).toMatch(expected);
      }
    } finally {
      expect(await serving.stop()).toBe(0);
    }
  });
});
