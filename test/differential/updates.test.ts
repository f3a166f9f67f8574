import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DISCOVERY_RESPONSE } from "../../src/resources/kind.ts";
import { encodeBinary } from "../../src/schema/binary-encode.ts";
import { readAdmin } from "../support/admin-reader.ts";
import { bootstrap, discovery, endpoints, forward, fromFile, httpListener, table, text } from "../support/bootstrap.ts";
import { decoded } from "../support/decoded.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { referenceCommand, Subject, subjectCommand, type SubjectCommand } from "../support/subject.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay, eventually } from "../support/waiting.ts";

type Json = Readonly<Record<string, unknown>>;

const reference = referenceCommand();

if ("missing" in reference) {
  console.error(`\nSKIPPED, the comparison of updates by files: there is no Envoy to compare with.\n${reference.missing}\n`);
  test.skip(`no Envoy to compare with: ${reference.missing}`, () => {});
} else {
  const subject = subjectCommand(reference);
  describe("updates by files are counted and taken as Envoy does", () => {
    test("LDS, CDS, RDS, EDS, SDS and RTDS, step by step", async () => {
      const [one, two] = await Promise.all([SteadyUpstream.start("one"), SteadyUpstream.start("two")]);
      try {
        const [theirs, ours] = await Promise.all([play(reference, one.port, two.port), play(subject, one.port, two.port)]);
        const steps = (seen: Readonly<Record<string, unknown>>): unknown[] => Object.entries(seen).filter(([step]) => JSON.stringify(ours[step]) !== JSON.stringify(theirs[step]));
        expect(steps(ours)).toEqual(steps(theirs));
        expect(Object.keys(ours).length).toBeGreaterThan(30);
      } finally {
        await Promise.all([one.stop(), two.stop()]);
      }
    }, 120_000);
  });
}

/** Which statistics are compared, and those of them whose values are times or depend on what drains. */
const COUNTED = /^(listener_manager\.(lds\.|listener_(added|removed|modified))|cluster_manager\.(cds\.|cluster_|active|warming)|cluster\.(a|b)\.(init_fetch|update|version|membership)|http\.front\.rds|sds\.|runtime\.(init_fetch|update|version))/;
const TIME = /(update_time|reload_time_ms)$/;
/** Envoy tries the keys of a refused secret again and again; that is its own affair. */
const OWN = /key_rotation_failed/;

const SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

async function play(command: SubjectCommand, up: number, other: number): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "legate-updates-"));
  const at = (name: string): string => join(folder, name);
  const [admin = 0, port = 0] = await freePorts(2);
  const put = (name: string, content: Json | string | Uint8Array): void => {
    writeFileSync(at("next"), typeof content === "string" || content instanceof Uint8Array ? content : text(content));
    renameSync(at("next"), at(name));
  };
  const lds = (version: string, more: Json = {}): Json => discovery("listener", version, httpListener("front", port, { rds: { route_config_name: "table", config_source: fromFile(at("rds.yaml")) }, ...more }));
  const a = (more: Json = {}): Json => ({ name: "a", type: "EDS", connect_timeout: "1s", eds_cluster_config: { eds_config: { resource_api_version: "V3", path_config_source: { path: at("eds.yaml") } } }, ...more });
  const secured: Json = {
    name: "b", load_assignment: endpoints("b"), transport_socket: {
      name: "tls", typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        common_tls_context: { validation_context_sds_secret_config: { name: "roots", sds_config: fromFile(at("sds.yaml")) } },
      },
    },
  };
  const cds = (version: string, ...clusters: Json[]): Uint8Array => encodeBinary(DISCOVERY_RESPONSE, decoded(DISCOVERY_RESPONSE, text(discovery("cluster", version, ...clusters))).message);
  const rds = (version: string, prefix = "/", more: Json = {}): Json => discovery("route", version, { ...table(forward(prefix, "a")), ...more });
  const hosts = (version: string, ports: readonly number[], name = "a"): Json => discovery("endpoint", version, endpoints(name, ...ports));
  const sds = (version: string, name = "roots", hash = "0".repeat(64)): Json => ({ version_info: version, resources: [{ "@type": SECRET, name, validation_context: { verify_certificate_hash: [hash] } }] });
  const rtds = (version: string, name = "some"): Json => ({ version_info: version, resources: [{ "@type": "type.googleapis.com/envoy.service.runtime.v3.Runtime", name, layer: { x: version } }] });
  put("lds.yaml", lds("1"));
  put("cds.pb", cds("1", a()));
  put("rds.yaml", rds("1"));
  put("eds.yaml", hosts("1", [up]));
  put("sds.yaml", sds("1"));
  put("rtds.yaml", rtds("1"));
  put("envoy.yaml", {
    ...bootstrap({ admin, dynamic: { lds_config: fromFile(at("lds.yaml")), cds_config: { path: at("cds.pb"), resource_api_version: "V3" } } }),
    node: { id: "node", cluster: "cluster" }, layered_runtime: { layers: [{ name: "r", rtds_layer: { name: "some", rtds_config: fromFile(at("rtds.yaml")) } }] },
  });
  const steps: readonly (readonly [string, () => void])[] = [
    ["endpoints: another host", () => put("eds.yaml", hosts("2", [up, other]))],
    ["endpoints: the same, in JSON without spaces", () => put("eds.yaml", JSON.stringify(hosts("2", [up, other])))],
    ["endpoints: broken text", () => put("eds.yaml", "resources: [\n")],
    ["endpoints: of another name", () => put("eds.yaml", hosts("3", [up], "zz"))],
    ["endpoints: none, which changes nothing", () => put("eds.yaml", { version_info: "4", resources: [] })],
    ["endpoints: a port that is none", () => put("eds.yaml", hosts("5", [70_000]))],
    ["endpoints: no hosts", () => put("eds.yaml", hosts("6", []))],
    ["endpoints: one host", () => put("eds.yaml", hosts("7", [up]))],
    ["routes: others", () => put("rds.yaml", rds("2", "/x"))],
    ["routes: the same under another version", () => put("rds.yaml", rds("a <version> & \"more\"", "/x"))],
    ["routes: a field nobody knows", () => put("rds.yaml", rds("4", "/x", { zork: 1 }))],
    ["routes: broken text", () => put("rds.yaml", "resources: {")],
    ["routes: of another name", () => put("rds.yaml", rds("5", "/y", { name: "other" }))],
    ["routes: a rule of the API is broken", () => put("rds.yaml", rds("5", "/y", { virtual_hosts: [{ name: "v", domains: [] }] }))],
    ["routes: none, which changes nothing", () => put("rds.yaml", { version_info: "6", resources: [] })],
    ["routes: again", () => put("rds.yaml", rds("7"))],
    ["clusters: one more", () => put("cds.pb", cds("2", a(), secured))],
    ["clusters: the same", () => put("cds.pb", cds("2", a(), secured))],
    ["clusters: one twice", () => put("cds.pb", cds("3", a(), secured, secured))],
    // no broken bytes: Envoy 1.40.0 takes what it could read of a truncated `.pb`, and so removes every cluster; here the file is refused
    ["secret: another", () => put("sds.yaml", sds("2", "roots", "1".repeat(64)))],
    ["secret: broken text", () => put("sds.yaml", "resources: [")],
    ["secret: of another name", () => put("sds.yaml", sds("3", "other"))],
    ["secret: again", () => put("sds.yaml", sds("4"))],
    ["clusters: one changes", () => put("cds.pb", cds("4", a({ connect_timeout: "2s" }), secured))],
    ["clusters: one goes", () => put("cds.pb", cds("5", a({ connect_timeout: "2s" })))],
    ["listeners: one changes", () => put("lds.yaml", lds("2", { server_name: "x" }))],
    ["listeners: the same", () => put("lds.yaml", lds("2", { server_name: "x" }))],
    ["listeners: an enumeration that has no such number", () => put("lds.yaml", lds("3", { codec_type: 77 }))],
    ["listeners: broken text", () => put("lds.yaml", "resources: [")],
    ["runtime: another", () => put("rtds.yaml", rtds("2"))],
    ["runtime: of another name", () => put("rtds.yaml", rtds("3", "other"))],
    ["runtime: broken text", () => put("rtds.yaml", "resources: [")],
  ];
  const running = await Subject.start(command, at("envoy.yaml"), admin);
  const seen: Record<string, unknown> = {};
  try {
    seen["start"] = { stats: await statistics(admin), answer: await ask(port) };
    for (const [step, change] of steps) {
      const before = JSON.stringify(await statistics(admin));
      change();
      await eventually(async () => JSON.stringify(await statistics(admin)) !== before, 3000, 50);
      await delay(200);
      seen[step] = { stats: await statistics(admin), answer: await ask(port) };
    }
    return seen;
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
}

async function statistics(admin: number): Promise<Record<string, string>> {
  const { body } = await readAdmin(admin, "/stats");
  const found: Record<string, string> = {};
  for (const line of body.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*): (.*)$/.exec(line) ?? [];
    if (COUNTED.test(name) && !OWN.test(name)) found[name] = TIME.test(name) ? String(value !== "0") : value;
  }
  return found;
}

async function ask(port: number): Promise<string> {
  const client = await RawClient.open(port);
  client.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  await client.responses(1, 3000);
  client.close();
  return client.received.slice(9, 12);
}
