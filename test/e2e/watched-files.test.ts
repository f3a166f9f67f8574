import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answer, bootstrap, discovery, endpoints, forward, fromFile, httpListener, table, text } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

type Json = Readonly<Record<string, unknown>>;

let a: SteadyUpstream;
let b: SteadyUpstream;
let serving: Serving;
let folder = "";
let port = 0;
let second = 0;

beforeAll(async () => {
  a = await SteadyUpstream.start("a");
  b = await SteadyUpstream.start("b");
});

afterEach(() => serving?.kill());

afterAll(async () => {
  await a.stop();
  await b.stop();
});

const BOOTSTRAP = bootstrap({ dynamic: { lds_config: fromFile("./lds.yaml"), cds_config: fromFile("./cds.yaml") } });
const rds = (name = "table"): Json => ({ rds: { route_config_name: name, config_source: fromFile("./rds.yaml") } });
const eds = (name: string, more: Json = {}): Json => ({ name, type: "EDS", eds_cluster_config: { eds_config: fromFile(`./eds-${name}.yaml`) }, ...more });
const LISTENERS = (more: Json = {}): Json => discovery("listener", "1", httpListener("front", port, { ...rds(), ...more }));
const ROUTES = (...routes: Json[]): Json => discovery("route", "1", table(...routes));
const CLUSTERS = (more: Json = {}): Json => discovery("cluster", "1", eds("a", more), eds("b"));
const HOSTS = (name: string, ...ports: number[]): Json => discovery("endpoint", "1", endpoints(name, ...ports));

function put(name: string, content: Json | string): void {
  writeFileSync(join(folder, `${name}.new`), typeof content === "string" ? content : text(content));
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

async function begin(): Promise<void> {
  folder = scratch();
  [port = 0, second = 0] = await freePorts(2);
  put("envoy.yaml", BOOTSTRAP);
  put("lds.yaml", LISTENERS());
  put("cds.yaml", CLUSTERS());
  put("rds.yaml", ROUTES(forward("/b", "b"), forward("/", "a")));
  put("eds-a.yaml", HOSTS("a", a.port));
  put("eds-b.yaml", HOSTS("b", b.port));
  serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "1"], { cwd: folder });
}

async function change(name: string, content: Json | string): Promise<string> {
  const before = serving.err.length;
  put(name, content);
  await serving.says(new RegExp(`${name.replace(".", "\\.")} changed: [^\\n]*\\n`), before);
  return serving.err.slice(before);
}

async function get(path: string, at = port): Promise<string> {
  const client = await RawClient.open(at);
  client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  await client.responses(1, 3000);
  client.close();
  return `${client.received.slice(9, 12)} ${client.received.split("\r\n\r\n")[1] ?? client.state}`;
}

describe("of the files a bootstrap subscribes to", () => {
  test("a changed route table takes effect, and only it", async () => {
    await begin();
    expect([await get("/"), await get("/b")]).toEqual(["200 a", "200 b"]);
    expect(await change("rds.yaml", ROUTES(forward("/", "b")))).toContain("1 opened or replaced, 0 removed, 5 untouched");
    expect(await get("/")).toBe("200 b");
  });

  test("changed endpoints take effect without a new connection to hosts that stay", async () => {
    await begin();
    await get("/");
    const before = a.connections;
    await change("eds-a.yaml", HOSTS("a", a.port, b.port));
    const answers = new Set([await get("/"), await get("/"), await get("/"), await get("/")]);
    expect(answers).toEqual(new Set(["200 a", "200 b"]));
    expect(a.connections).toBe(before);
    await change("eds-a.yaml", HOSTS("a"));
    expect(await get("/")).toBe("503 no healthy upstream");
    await change("eds-a.yaml", HOSTS("a", a.port));
    expect(await get("/")).toBe("200 a");
  });

  test("changed scopes take effect, and connections stay", async () => {
    await begin();
    const scope = (name: string, key: string, more: Json): Json => ({ name, key: { fragments: [{ string_key: key }] }, ...more });
    const named = { route_configuration_name: "table" };
    const own = { route_configuration: table(answer("/", 200, "own")) };
    put("scopes.yaml", discovery("scope", "1", scope("one", "x", named), scope("two", "y", own)));
    const scoped = {
      name: "s", scope_key_builder: { fragments: [{ header_value_extractor: { name: "x-scope", index: 0 } }] },
      scoped_rds: { scoped_rds_config_source: fromFile("./scopes.yaml") }, rds_config_source: fromFile("./rds.yaml"),
    };
    await change("lds.yaml", discovery("listener", "2", httpListener("front", port, { scoped_routes: scoped })));
    const client = await RawClient.open(port);
    const ask = async (key: string): Promise<string> => {
      const from = client.received.length;
      client.send(`GET / HTTP/1.1\r\nhost: x\r\nx-scope: ${key}\r\n\r\n`);
      await eventually(() => client.received.slice(from).includes("\r\n\r\n"), 3000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return `${client.received.slice(from + 9, from + 12)} ${client.received.slice(from).split("\r\n\r\n")[1]}`;
    };
    expect([await ask("x"), await ask("y"), await ask("z")]).toEqual(["200 a", "200 own", "404 "]);
    expect(await change("scopes.yaml", discovery("scope", "2", scope("one", "z", named)))).toContain("1 opened or replaced, 1 removed");
    expect([await ask("x"), await ask("y"), await ask("z")]).toEqual(["404 ", "404 ", "200 a"]);
    expect(await change("scopes.yaml", discovery("scope", "3", scope("one", "z", named), scope("two", "z", own)))).toContain("the scope 'two' has the key of 'one'");
    expect(await ask("z")).toBe("200 a");
    await change("rds.yaml", ROUTES(forward("/", "b")));
    expect([await ask("z"), client.state]).toEqual(["200 b", "open"]);
    client.close();
  });

  test("clusters and listeners come and go", async () => {
    await begin();
    const listeners = (...ports: number[]): Json => discovery("listener", "2", ...ports.map((p, i) => httpListener(`l${i}`, p, rds())));
    await change("lds.yaml", listeners(port, second));
    expect([await get("/"), await get("/", second)]).toEqual(["200 a", "200 a"]);
    await change("lds.yaml", listeners(port));
    expect(await get("/", second)).toBe(" refused");
    put("eds-c.yaml", HOSTS("c", b.port));
    await change("cds.yaml", discovery("cluster", "2", eds("a"), eds("b"), eds("c")));
    await change("rds.yaml", ROUTES(forward("/", "c")));
    expect(await get("/")).toBe("200 b");
    await change("eds-c.yaml", HOSTS("c", a.port));
    expect(await get("/")).toBe("200 a");
  });

  describe.each([
    ["broken YAML", "resources: [\n"],
    ["a field that does not exist in a resource of no known kind", "resources:\n- nam: x\n"],
  ])("one that holds %s is refused alone:", (_what, bad) => {
    test.each(["lds.yaml", "cds.yaml", "rds.yaml", "eds-a.yaml"])("%s", async (name) => {
      await begin();
      expect(await change(name, bad)).toMatch(new RegExp(`${name.replace(".", "\\.")}:\\d+:\\d+`));
      expect([await get("/"), await get("/b")]).toEqual(["200 a", "200 b"]);
      // the others are followed still, those it had asked for too
      await change("eds-b.yaml", HOSTS("b", a.port));
      expect(await get("/b")).toBe("200 a");
      if (name === "rds.yaml") return;
      await change("rds.yaml", ROUTES(answer("/", 200, "new")));
      expect(await get("/")).toBe("200 new");
    });
  });

  test("one that was bad is taken again when it is good", async () => {
    await begin();
    await change("lds.yaml", "resources: [\n");
    expect(await get("/")).toBe("200 a");
    await change("lds.yaml", LISTENERS({ server_name: "again" }));
    expect(await get("/b")).toBe("200 b");
    await change("rds.yaml", ROUTES(forward("/", "b")));
    expect(await get("/")).toBe("200 b");
  });

  test("one that is bad from the start is refused alone, and taken when it is good", async () => {
    await begin();
    await serving.kill();
    put("rds.yaml", ROUTES({ match: { prefix: "/" }, route: { cluster: "a", timeout: "soon" } }));
    serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "1"], { cwd: folder });
    expect(serving.err).toMatch(/rds\.yaml:\d+:\d+/);
    expect((await get("/")).slice(0, 3)).toBe("404");
    await change("rds.yaml", ROUTES(forward("/", "a")));
    expect(await get("/")).toBe("200 a");
  });

  test("one that is missing from the start is taken when it comes", async () => {
    await begin();
    await serving.kill();
    unlinkSync(join(folder, "eds-a.yaml"));
    serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "1"], { cwd: folder });
    expect([await get("/"), await get("/b")]).toEqual(["503 no healthy upstream", "200 b"]);
    await change("eds-a.yaml", HOSTS("a", a.port));
    expect(await get("/")).toBe("200 a");
  });
});

test("Kubernetes' swap of the ..data link is seen for every file in it", async () => {
  folder = scratch();
  [port = 0] = await freePorts(1);
  put("envoy.yaml", bootstrap({ dynamic: { lds_config: fromFile("./map/lds.yaml"), cds_config: fromFile("./map/cds.yaml") } }));
  const map = join(folder, "map");
  const files = ["lds.yaml", "cds.yaml"];
  const fill = (version: string, body: string): void => {
    mkdirSync(join(map, `..${version}`), { recursive: true });
    writeFileSync(join(map, `..${version}`, "lds.yaml"), text(discovery("listener", version, httpListener("front", port, { route_config: table(answer("/v", 200, body), forward("/", "c")) }))));
    writeFileSync(join(map, `..${version}`, "cds.yaml"), text(discovery("cluster", version, { name: "c", load_assignment: endpoints("c", version === "v1" ? a.port : b.port) })));
    symlinkSync(`..${version}`, join(map, "..data_tmp"));
    renameSync(join(map, "..data_tmp"), join(map, "..data"));
  };
  fill("v1", "one");
  for (const name of files) symlinkSync(join("..data", name), join(map, name));
  serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "1"], { cwd: folder });
  expect([await get("/v"), await get("/")]).toEqual(["200 one", "200 a"]);
  for (const [version, body, reply] of [["v2", "two", "b"], ["v3", "three", "b"]] as const) {
    fill(version, body);
    expect(await eventually(async () => (await get("/v")) === `200 ${body}` && (await get("/")) === `200 ${reply}`, 4000, 50)).toBe(true);
  }
});
