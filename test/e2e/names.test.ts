import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { bootstrap, endpoints, fileLog, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { readFileSync } from "node:fs";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

let serving: Serving;

afterEach(() => serving.kill());

async function get(port: number, path: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await client.responses(1, 3000);
  client.close();
  return client.received;
}

test("a name that does not resolve is warned of with its place and answered 503 UH; the rest is served", async () => {
  const [port = 0] = await freePorts(1);
  const upstream = await SteadyUpstream.start("found");
  const folder = scratch();
  const log = join(folder, "access.log");
  const clusters = [["lost", "does-not-exist.invalid"], ["found", "localhost"]].map(([name = "", host = ""]) => ({
    name, type: "STRICT_DNS", dns_lookup_family: "V4_ONLY", load_assignment: endpoints(name, [host, upstream.port]),
  }));
  const front = httpListener("front", port, { route_config: table(forward("/lost", "lost"), forward("/", "found")), access_log: [fileLog(log)] });
  writeFileSync(join(folder, "envoy.json"), text(bootstrap({ listeners: [front], clusters })));
  serving = await Serving.start(["-c", "envoy.json", "--concurrency", "1", "--file-flush-interval-msec", "20"], { cwd: folder });
  expect(serving.err).toMatch(/\[warning\].*envoy\.json:\d+:\d+: cluster 'lost': 'does-not-exist\.invalid' does not resolve/);
  expect(await get(port, "/lost")).toMatch(/^HTTP\/1\.1 503 [\s\S]*no healthy upstream$/);
  expect(await get(port, "/")).toMatch(/found$/);
  expect(await eventually(() => / 503 UH /.test(readFileSync(log, "utf8")), 2000, 20)).toBe(true);
  await upstream.stop();
});
