import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAdmin } from "../support/admin-reader.ts";
import { forward, httpListener, table } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { referenceCommand, Subject, subjectCommand, type SubjectCommand } from "../support/subject.ts";
import { delay } from "../support/waiting.ts";

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of the runtime: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe("the runtime is Envoy's", () => {
    test("static, disk, RTDS and admin layers, while they change", async () => {
      const [theirs, ours] = await Promise.all([play(reference), play(subject)]);
      expect(ours).toEqual(theirs);
    }, 60_000);
  });
}

/** Everything that is seen, step by step. */
async function play(command: SubjectCommand): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "legate-runtime-"));
  const write = (name: string, text: string): void => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const link = (to: string): void => {
    symlinkSync(to, join(folder, "next"));
    renameSync(join(folder, "next"), join(folder, "current"));
  };
  const rtds = (layer: string, name = "some"): void => {
    write("rtds.next", `resources:\n- "@type": type.googleapis.com/envoy.service.runtime.v3.Runtime\n  name: ${name}\n  layer: ${layer}\n`);
    renameSync(join(folder, "rtds.next"), join(folder, "rtds.yaml"));
  };
  write("v1/envoy/x/y", "# comment\n1\n");
  write("v1/envoy/share", "{numerator: 3, denominator: MILLION}\n");
  write("v1/envoy/upstream/healthy_panic_threshold", "70");
  write("v2/envoy/x/y", "hello \n\n");
  write("v2/envoy/upstream/maintenance_mode/c", "100");
  link("v1");
  rtds("{ health_check: { min_interval: 5 }, flag: true }");
  const [admin = 0, port = 0] = await freePorts(2);
  write("envoy.yaml", bootstrap(folder, admin, port));
  const running = await Subject.start(command, join(folder, "envoy.yaml"), admin);
  const seen: Record<string, unknown> = {};
  const note = async (step: string): Promise<void> => {
    const stats = (await readAdmin(admin, "/stats?filter=^runtime")).body.split("\n").filter((line) => /^runtime\.(num_|admin_overrides|update_(success|rejected))/.test(line));
    seen[step] = { runtime: JSON.parse((await readAdmin(admin, "/runtime")).body) as unknown, stats, answer: await ask(port) };
  };
  try {
    await note("start");
    seen["modify"] = (await readAdmin(admin, "/runtime_modify?x.y=2.50&new=true&flag=", "POST")).body;
    await note("modified");
    await readAdmin(admin, "/runtime_modify?x.y=&upstream.maintenance_mode.c=100", "POST");
    await note("maintenance by the admin");
    await readAdmin(admin, "/runtime_modify?upstream.maintenance_mode.c=", "POST");
    link("v2");
    await delay(1500);
    await note("the link of the disk layer leads elsewhere");
    rtds("{ upstream: { maintenance_mode: { c: 0 } } }");
    await delay(1500);
    await note("RTDS lays another value over it");
    rtds("{ x: 1 }", "other");
    await delay(1500);
    await note("RTDS of another name is rejected");
    return seen;
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
}

function bootstrap(folder: string, admin: number, port: number): string {
  return `
node: { id: proxy, cluster: proxies }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: ${admin} } } }
layered_runtime:
  layers:
  - { name: s, static_layer: { upstream: { use_retry: 1 }, f: 1.5, flag: false } }
  - { name: d, disk_layer: { symlink_root: ${folder}/current, subdirectory: envoy } }
  - { name: r, rtds_layer: { name: some, rtds_config: { path_config_source: { path: ${folder}/rtds.yaml } } } }
  - { name: a, admin_layer: {} }
static_resources:
  listeners: [${JSON.stringify(httpListener("l", port, { route_config: table(forward("/", "c")) }))}]
  clusters:
  - name: c
    load_assignment: { cluster_name: c }
`;
}

async function ask(port: number): Promise<string> {
  const client = await RawClient.open(port);
  client.send("GET / HTTP/1.1\r\nhost: h\r\n\r\n");
  await client.responses(1, 3000);
  const answer = client.received.replace(/date: .*\r\n/, "");
  client.close();
  return answer;
}
