import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAdmin } from "../support/admin-reader.ts";
import type { AdminAnswer } from "../support/admin-reader.ts";
import { diffLines, normalise } from "../support/comparison.ts";
import { referenceCommand, subjectCommand } from "../support/subject.ts";
import { eventually } from "../support/waiting.ts";
import { ask, get } from "./case.ts";
import type { Group } from "./case.ts";
import { setPair } from "./pair.ts";
import type { Stage } from "./stage.ts";

const GROUP: Group = {
  name: "admin",
  listeners: { main: "", second: "" },
  clusters: {
    resolved: "type: STRICT_DNS\ndns_lookup_family: V4_ONLY\nload_assignment: { cluster_name: resolved, endpoints: [{ locality: { region: r, zone: z }, lb_endpoints: [{ load_balancing_weight: 3, endpoint: { hostname: a.host, address: { socket_address: { address: localhost, port_value: <upstream:u> } } } }] }] }",
    limited: "circuit_breakers: { thresholds: [{ max_connections: 7, max_retries: 2 }, { priority: HIGH, max_requests: 9 }] }\noutlier_detection: {}",
  },
  cases: [],
};

/** Answered with the same head and the same body. */
const SAME: readonly [string, string][] = [
  ["GET", "/ready"], ["HEAD", "/ready"], ["GET", "/listeners"], ["GET", "/listeners?format=json"], ["GET", "/certs"], ["GET", "/hot_restart_version"],
  ["GET", "/stats?filter=^http.main.downstream_rq_[0-9]"], ["GET", "/stats?filter=^http.main.downstream_rq_[0-9]&usedonly"], ["GET", "/stats?filter=^http.main.downstream_rq_[0-9]&format=json"],
  ["GET", "/stats?filter=^cluster.u.(membership|upstream_cx_(total|active))&type=Gauges"], ["GET", "/stats?filter=[bad"], ["GET", "/stats?format=nonsense"], ["GET", "/stats?type=nonsense"],
  ["GET", "/stats/prometheus?filter=^(http.main.downstream_rq_(xx|[0-9])|cluster.u.upstream_rq_(total|xx|200))"], ["GET", "/stats?format=prometheus&filter=^cluster.u.membership"],
  ["GET", "/stats?filter=^nothing"], ["GET", "/config_dump?resource=nonsense"], ["GET", "/clusters?filter=^limited"], ["POST", "/ready"],
  ["GET", "/quitquitquit"], ["GET", "/healthcheck/fail"], ["GET", "/healthcheck/ok"], ["GET", "/drain_listeners"], ["GET", "/reset_counters"], ["GET", "/logging"], ["GET", "/reopen_logs"], ["GET", "/runtime_modify?a=b"],
  ["POST", "/runtime_modify?a=b"], ["POST", "/runtime_modify"], ["POST", "/reopen_logs"],
  ["GET", "/config_dump?resource=static_clusters&mask=cluster.name"], ["GET", "/config_dump?resource=bootstrap"], ["GET", "/config_dump?mask=nope"], ["GET", "/config_dump?name_regex=["],
  ["GET", "/config_dump?resource=static_endpoint_configs"], ["GET", "/config_dump?resource=static_endpoint_configs&include_eds&name_regex=u"], ["GET", "/config_dump?mask=bootstrap.static_resources.clusters"],
  ["GET", "/clusters?filter=["], ["GET", "/clusters?filter=none&format=json"], ["GET", "/listeners?format=nonsense"], ["GET", "/stats?histogram_buckets=nonsense"], ["GET", "/stats?histogram_buckets=prometheusnative"],
  ["GET", "/stats?hidden=nonsense"], ["GET", "/stats?filter=^nothing&format=json"], ["GET", "/stats/prometheus?histogram_buckets=detailed"], ["GET", "/stats?filter=^cluster.u.membership&invert_filter&type=Histograms&usedonly"],
  ["GET", "/init_dump"], ["GET", "/contention"], ["PUT", "/logging"], ["POST", "/cpuprofiler"], ["POST", "/allocprofiler"], ["POST", "/heapprofiler?enable=y"], ["GET", "/ready#fragment"], ["GET", "/ready/"],
];

/** Statistics whose names must be the same ones. */
const FAMILIES = ["cluster.u.", "cluster.limited.", "http.main.", "http.second.", "listener.main.", "listener_manager.", "cluster_manager.", "server.", "http.admin.", "listener.admin.", "runtime."];

/** legate has no watchdog and ejects no host: a 0 would say that nothing was missed, that all hosts are well. */
const NO_SUCH_THING = /\.watchdog_(mega_)?miss |\.outlier_detection\./;

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, every comparison of the admin listener: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe(`the admin listener of ${subject.name} answers like ${reference.name}`, () => {
    let stages: readonly [Stage, Stage];
    beforeAll(async () => {
      const pair = await setPair(GROUP, reference, subject);
      stages = [pair.reference, pair.subject];
      await both((stage) => stage.play({ title: "one request", ...ask(get("/")) }));
    }, 60_000);
    afterAll(async () => {
      for (const stage of stages ?? []) await stage.clear();
    });

    const both = <T>(see: (stage: Stage) => Promise<T>): Promise<[T, T]> => Promise.all([see(stages[0]), see(stages[1])]);
    const answers = (path: string, method = "GET"): Promise<[AdminAnswer, AdminAnswer]> => both((stage) => readAdmin(stage.subject.adminPort, path, method));
    const same = async (what: string, see: (stage: Stage) => Promise<string>): Promise<void> => {
      const [wanted, got] = await both(async (stage) => normalise(await see(stage), namesWithAdmin(stage)));
      expect(wanted === got ? "" : diffLines(wanted, got), `${what}: ${reference.name} (-) and ${subject.name} (+)`).toBe("");
    };
    const body = async (stage: Stage, path: string): Promise<string> => (await readAdmin(stage.subject.adminPort, path)).body;

    for (const [method, path] of SAME) {
      test(`${method} ${path}`, () => same(`${method} ${path}`, async (stage) => {
        const answer = await readAdmin(stage.subject.adminPort, path, method);
        return `${answer.head.replaceAll("\r\n", "\n")}\n\n${answer.body}`;
      }));
    }

    test("/help describes each command it lists like the reference", async () => {
      const [wanted, got] = await answers("/help");
      expect(got.head.split("\r\n")[0]).toBe(wanted.head.split("\r\n")[0]);
      const known = wanted.body.split("\n");
      expect(got.body.split("\n").filter((line) => !known.includes(line))).toEqual([]);
      for (const command of ["/clusters", "/config_dump", "/drain_listeners (POST)", "/listeners", "/ready", "/server_info", "/stats", "/quitquitquit (POST)"]) expect(got.body).toContain(`\n  ${command}: `);
    });

    test("an unknown path is 404 with the list of commands", () => both(async (stage) => {
      const [unknown, help] = [await readAdmin(stage.subject.adminPort, "/nowhere"), await body(stage, "/help")];
      expect(unknown.status).toBe(404);
      expect(unknown.body).toBe(`invalid path. ${help}`);
    }));

    test("/ is a page", async () => {
      const [wanted, got] = await answers("/");
      expect(got.head.match(/^(HTTP.*|content-type:.*)$/gm)).toEqual(wanted.head.match(/^(HTTP.*|content-type:.*)$/gm));
    });

    test("/clusters has the same lines", () => same("/clusters", async (stage) => (await body(stage, "/clusters")).split("\n").sort().join("\n")));

    test("/clusters?format=json has the same clusters", () => same("/clusters?format=json", async (stage) => {
      const statuses = (JSON.parse(await body(stage, "/clusters?format=json")) as { cluster_statuses: { name: string }[] }).cluster_statuses;
      return JSON.stringify(statuses.sort((a, b) => (a.name < b.name ? -1 : 1)), null, 1);
    }));

    for (const family of FAMILIES) {
      test(`/stats has the same names and kinds under ${family}`, () => same(`/stats of ${family}`, async (stage) => (await statNames(stage)).filter((line) => line.startsWith(family) && !NO_SUCH_THING.test(line)).join("\n")));
    }

    test("/stats lists counters and gauges together in order, then histograms in order", () => both(async (stage) => {
      const names = (await body(stage, "/stats?filter=^(cluster|http).")).split("\n").filter((line) => line !== "");
      const isHistogram = (line: string): boolean => !/: \d+$/.test(line);
      const name = (line: string): string => line.slice(0, line.indexOf(": "));
      const numbers = names.filter((line) => !isHistogram(line)).map(name);
      const histograms = names.filter(isHistogram).map(name);
      expect(names.map(name)).toEqual([...numbers.sort(), ...histograms.sort()]);
    }));

    test("/server_info has the same fields", () => same("/server_info", async (stage) => {
      const info = JSON.parse(await body(stage, "/server_info")) as { node: { extensions?: unknown } };
      delete info.node.extensions;
      return shape(info).sort().join("\n");
    }));

    test("/runtime has the same layers and entries", () => same("/runtime", async (stage) => JSON.stringify(sorted(JSON.parse(await body(stage, "/runtime"))))));

    test("/memory has the same fields", () => same("/memory", async (stage) => shape(JSON.parse(await body(stage, "/memory"))).join("\n")));

    test("/config_dump has the same kinds of configuration in order", () => same("/config_dump", async (stage) => (await dumps(stage)).map((d) => d["@type"]).join("\n")));

    for (const kind of ["ClustersConfigDump", "ListenersConfigDump", "RoutesConfigDump", "SecretsConfigDump"]) {
      test(`/config_dump shows the same ${kind}`, () => same(kind, async (stage) => {
        const dump = (await dumps(stage)).find((d) => String(d["@type"]).endsWith(kind));
        const text = JSON.stringify(sorted(dump), null, 1).replace(/"last_updated": "[^"]*"/g, '"last_updated": "<time>"');
        return text.replace(/"path": "[^"]*\/(\w+\.log)"/g, '"path": "$1"');
      }));
    }

    test("/healthcheck/fail turns /ready to 503 and /healthcheck/ok back", async () => {
      const ready = async (stage: Stage): Promise<string> => {
        const { status, body } = await readAdmin(stage.subject.adminPort, "/ready");
        return `${status} ${body}`;
      };
      await same("POST /healthcheck/fail", async (stage) => (await readAdmin(stage.subject.adminPort, "/healthcheck/fail", "POST")).body + (await ready(stage)));
      await same("POST /healthcheck/ok", async (stage) => (await readAdmin(stage.subject.adminPort, "/healthcheck/ok", "POST")).body + (await ready(stage)));
    });

    test("/reset_counters sets counters to zero and leaves gauges", () => same("POST /reset_counters", async (stage) => {
      const answer = await readAdmin(stage.subject.adminPort, "/reset_counters", "POST");
      return answer.body + (await body(stage, "/stats?filter=^(http.main.downstream_rq_total|cluster.u.(upstream_rq_total|membership_total))$"));
    }));

    test("/drain_listeners closes the listeners", () => same("POST /drain_listeners", async (stage) => (await readAdmin(stage.subject.adminPort, "/drain_listeners", "POST")).body));

    test("/quitquitquit ends the process", async () => {
      await same("POST /quitquitquit", async (stage) => (await readAdmin(stage.subject.adminPort, "/quitquitquit", "POST")).body);
      const gone = await both((stage) => eventually(() => stage.subject.exited, 5000));
      expect(gone).toEqual([true, true]);
    });
  });
}

type Dump = Record<string, unknown>;

async function dumps(stage: Stage): Promise<Dump[]> {
  return (JSON.parse((await readAdmin(stage.subject.adminPort, "/config_dump")).body) as { configs: Dump[] }).configs;
}

function namesWithAdmin(stage: Stage): ReadonlyMap<number, string> {
  return new Map([...stage.names, [stage.subject.adminPort, "admin"]]);
}

/** Every statistic's name and whether it is a number or a histogram. Names with a response code come and go: they are left out. */
async function statNames(stage: Stage): Promise<string[]> {
  const lines = (await readAdmin(stage.subject.adminPort, "/stats")).body.split("\n");
  const named = lines.map((line) => /^(.*?): (\d+$)?/.exec(line)).filter((match) => match !== null);
  return named.map((match) => `${match[1]} ${match[2] === undefined ? "histogram or text" : "number"}`).sort();
}

/** The paths of all fields with the kind of their value; list items share one path. */
function shape(value: unknown, path = "$"): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => shape(item, `${path}[]`)))];
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, item]) => shape(item, `${path}.${key}`));
  return [`${path}: ${typeof value}`];
}

/** The same value with the keys of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}
