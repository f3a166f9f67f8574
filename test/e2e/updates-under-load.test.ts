import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { bootstrap, cluster, discovery, endpoints, forward, fromFile, httpListener, table, text } from "../support/bootstrap.ts";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

type Json = Readonly<Record<string, unknown>>;

let serving: Serving | undefined;
afterEach(() => serving?.kill());

const RETRY: Json = { retry_policy: { retry_on: "connect-failure,reset,refused-stream", num_retries: 5, retry_host_predicate: [{ name: "p", typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" } }], host_selection_retry_max_attempts: 50 } };

function listenerOf(version: string, port: number): Json {
  return discovery("listener", version, httpListener("front", port, { server_name: `v${version}`, rds: { route_config_name: "table", config_source: fromFile("./rds.yaml") } }));
}

function runtimeOf(version: string): Json {
  return { version_info: version, resources: [{ "@type": "type.googleapis.com/envoy.service.runtime.v3.Runtime", name: "some", layer: { version } }] };
}

async function begin(hosts: readonly number[], more: Json = {}): Promise<{ readonly port: number; readonly folder: string; put(name: string, content: Json): void }> {
  const folder = scratch();
  const [port = 0] = await freePorts(1);
  const put = (name: string, content: Json): void => {
    writeFileSync(join(folder, `${name}.new`), text(content));
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  put("envoy.yaml", {
    ...bootstrap({ dynamic: { lds_config: fromFile("./lds.yaml"), cds_config: fromFile("./cds.yaml") } }),
    layered_runtime: { layers: [{ name: "r", rtds_layer: { name: "some", rtds_config: fromFile("./rtds.yaml") } }] },
  });
  put("lds.yaml", listenerOf("1", port));
  put("rtds.yaml", runtimeOf("1"));
  put("cds.yaml", discovery("cluster", "1", { name: "a", type: "EDS", connect_timeout: "1s", eds_cluster_config: { eds_config: fromFile("./eds.yaml") }, ...more }));
  put("rds.yaml", discovery("route", "1", table(forward("/", "a", RETRY))));
  put("eds.yaml", discovery("endpoint", "1", endpoints("a", ...hosts)));
  serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "2"], { cwd: folder });
  return { port, folder, put };
}

test("200 updates of listeners, clusters, endpoints, routes and the runtime lose no request", async () => {
  const dice = newDice();
  const upstreams = await Promise.all(["a", "b", "c"].map((name) => SteadyUpstream.start(name)));
  const ports = upstreams.map((upstream) => upstream.port);
  const { port, put } = await begin(ports);
  const load = new Load({ ports: () => [port], connections: 20, rate: 150 });
  for (let i = 0; i < 200; i++) {
    const some = ports.filter(() => dice.below(2) === 1);
    const kind = dice.below(7);
    if (kind < 2) put("eds.yaml", discovery("endpoint", String(i), endpoints("a", ...(some.length === 0 ? ports : some))));
    else if (kind === 5) put("lds.yaml", listenerOf(String(i), port));
    else if (kind === 6) put("rtds.yaml", runtimeOf(String(i)));
    else if (kind < 4) put("rds.yaml", discovery("route", String(i), table(forward(`/${i}`, "a", RETRY), forward("/", "a", RETRY))));
    else put("cds.yaml", discovery("cluster", String(i), { name: "a", type: "EDS", connect_timeout: `1.${i}s`, lb_policy: dice.below(2) === 1 ? "LEAST_REQUEST" : "RANDOM", eds_cluster_config: { eds_config: fromFile("./eds.yaml") } }, cluster("b", ports[0] as number)));
    await delay(120);
  }
  const report = await load.stop();
  await Promise.all(upstreams.map((upstream) => upstream.stop()));
  expect({ seed: dice.seed, failures: report.failures, others: report.others, unanswered: report.sent - report.answered }).toEqual({ seed: dice.seed, failures: [], others: [], unanswered: 0 });
  expect(report.sent).toBeGreaterThan(2000);
});

test("hosts that die, pause and come back lose no request that the retry policy covers", async () => {
  const dice = newDice();
  const [steady = 0, ...mortal] = await freePorts(4);
  const upstreams = new Map<number, SteadyUpstream>();
  for (const own of [steady, ...mortal]) upstreams.set(own, await SteadyUpstream.start("ok", own));
  const { port } = await begin([steady, ...mortal], { circuit_breakers: { thresholds: [{ max_retries: 1000 }] }, outlier_detection: { consecutive_5xx: 3, base_ejection_time: "0.5s", interval: "0.5s", max_ejection_percent: 70 } });
  const load = new Load({ ports: () => [port], connections: 20, rate: 150 });
  for (let i = 0; i < 100; i++) {
    const own = mortal[dice.below(mortal.length)] as number;
    const upstream = upstreams.get(own);
    if (upstream === undefined) upstreams.set(own, await SteadyUpstream.start("ok", own));
    else if (dice.below(3) === 0) upstream.slowness = upstream.slowness === 0 ? 50 : 0;
    else {
      upstreams.delete(own);
      await upstream.stop();
    }
    await delay(60);
  }
  const report = await load.stop();
  await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()));
  expect({ seed: dice.seed, failures: report.failures, others: report.others, unanswered: report.sent - report.answered }).toEqual({ seed: dice.seed, failures: [], others: [], unanswered: 0 });
});
