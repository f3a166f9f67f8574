/**
 * Random route tables and requests: what `simulate-route` says becomes of a request is what Envoy does with it. Compared are status, chosen route
 * and cluster, the Location of redirects, and the whole head that the upstream gets.
 *
 *   LEGATE_SEED=n   repeats a run
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fromWire } from "../../src/base/wire-text.ts";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { SimulatedRun } from "../../src/tools/simulate.ts";
import { loadForSimulation } from "../../src/tools/simulate-load.ts";
import { Simulators } from "../../src/tools/simulators.ts";
import type { SimulateTest } from "../../src/tools/simulate-tests.ts";
import { loadRequests } from "../../src/tools/traffic/load.ts";
import { NO_DEFAULTS } from "../../src/tools/traffic/traffic-request.ts";
import { EchoUpstream } from "../support/echo-upstream.ts";
import { askAll, type Sent } from "../support/keep-alive-client.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { referenceCommand, Subject } from "../support/subject.ts";
import { configuration } from "./generated/configuration.ts";
import { generateTable } from "./generated/tables.ts";

const TABLES = 25;
const REQUESTS = 100;

/** What the machine, the codec or a moment decides, or what only a running attempt knows. */
const UNTOLD = /^(?:x-request-id|x-forwarded-for|x-envoy-external-address|x-envoy-attempt-count|x-envoy-is-timeout-retry|content-length|transfer-encoding|connection):/;

/** A request as it is simulated; undefined where it is none that a client can send. */
function readTest({ text }: Sent): SimulateTest | undefined {
  const origins = new Origins();
  return [...loadRequests({ name: "r.http", bytes: Buffer.from(fromWire(text), "utf8") }, { origins, diagnostics: new Findings(origins), defaults: NO_DEFAULTS, kind: "http" })][0];
}

function lineOf(answer: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, "im").exec(answer.split("\n\n")[0] ?? "")?.[1] ?? "";
}

/** What Envoy's answer tells. */
function told(answer: string, method: string): Record<string, unknown> {
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
  const head = answer.slice(answer.indexOf("\n\n") + 2).replace(/\n+$/, "");
  const forwarded = method !== "HEAD" && /^\S+ .* HTTP\/1\.1\n/.test(head);
  return {
    status, route: lineOf(answer, "x-route").replace(/^-$/, ""), location: fromWire(lineOf(answer, "location")),
    ...(forwarded ? { target: head.slice(0, head.indexOf("\n")), lines: head.split("\n").slice(1).map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).filter((line) => !UNTOLD.test(line)).toSorted() } : {}),
  };
}

function simulated({ simulation, request }: SimulatedRun, method: string): Record<string, unknown> {
  const { result } = simulation;
  const lines: string[] = [];
  request.forEach((name, value) => { if (!name.startsWith(":")) lines.push(`${name}: ${value}`); });
  const forwarded = result.kind === "forward";
  return {
    status: "status" in result ? result.status : 200, route: simulation.route?.name ?? "", location: "location" in result ? result.location ?? "" : "",
    ...(forwarded && method !== "HEAD" ? { target: `${request.method} ${request.path ?? ""} HTTP/1.1`, lines: [`host: ${request.authority ?? ""}`, ...lines].filter((line) => !UNTOLD.test(line)).toSorted() } : {}),
  };
}

test("what is simulated is what Envoy does", async (context) => {
  const reference = referenceCommand();
  if ("missing" in reference) return context.skip(`Envoy is not here: ${reference.missing}`);
  const dice = newDice();
  const upstream = await EchoUpstream.start();
  const [admin = 0, ...listeners] = await freePorts(1 + TABLES);
  const tables = Array.from({ length: TABLES }, () => {
    for (;;) {
      const table = generateTable(dice);
      if (!table.random) return table;
    }
  });
  const text = configuration(tables, { admin, upstream: upstream.port, listeners });
  const folder = mkdtempSync(join(tmpdir(), "legate-simulated-"));
  writeFileSync(join(folder, "envoy.json"), text);
  const origins = new Origins();
  const loaded = loadForSimulation({ name: "g.json", bytes: Buffer.from(text) }, { origins, diagnostics: new Findings(origins) });
  if (loaded === undefined) throw new Error("the configuration was not read");
  const simulators = new Simulators(loaded, origins);
  const envoy = await Subject.start(reference, join(folder, "envoy.json"), admin, 60_000);
  const counts = { compared: 0, forwarded: 0, unread: 0 };
  const differences: string[] = [];
  try {
    for (const [at, table] of tables.entries()) {
      const sent = Array.from({ length: REQUESTS }, () => table.request());
      const answers = await askAll(listeners[at] ?? 0, sent);
      for (const [i, one] of sent.entries()) {
        const found = readTest(one);
        const answer = (answers[i] ?? "").replaceAll("\r\n", "\n");
        // the codec answers by itself to bytes beyond ASCII in a target; bytes that are no UTF-8 are not read as they are; and absolute targets are
        // simulated as URLs (their scheme says whether the client came by TLS, their fragment is dropped), which is not what a codec makes of them
        if (/^\S+ \w+:\/\//.test(one.text) || fromWire(one.text).includes("\ufffd") || found?.kind !== "request" || answer === "<closed>" || /[^\0-\x7f]/.test(found.request.path ?? "")) {
          counts.unread++;
          continue;
        }
        const entrance = simulators.entrance(found.request, { listener: `t${at}`, routeTable: undefined });
        const run = simulators.run(found.request, entrance, false);
        const [wanted, got] = [told(answer, one.method), simulated(run, one.method)];
        counts.compared++;
        // a request that is refused before it is routed has no route here
        if (run.choice === null && run.simulation.result.kind === "rejected") wanted["route"] = "";
        // what is answered to gRPC goes out with status 200
        if (!("target" in got) && /^grpc-status: /im.test(answer)) wanted["status"] = got["status"];
        if ("target" in got) counts.forwarded++;
        if (JSON.stringify(wanted) !== JSON.stringify(got)) differences.push(`${one.text}${JSON.stringify({ wanted, got }, undefined, 1)}\n${answer}\n${JSON.stringify(table.manager)}`);
      }
    }
  } finally {
    await envoy.stop();
    await upstream.stop();
    rmSync(folder, { recursive: true });
  }
  console.log(`simulated: seed ${dice.seed}; ${counts.compared} requests compared, ${counts.forwarded} of them forwarded; ${counts.unread} never get past the codec; ${differences.length} differ`);
  expect(differences.slice(0, 3).join("\n\n")).toBe("");
  expect(counts.forwarded).toBeGreaterThan((TABLES * REQUESTS) / 5);
}, 180_000);
