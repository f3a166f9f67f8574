import { describe, expect, test } from "vitest";
import { Registry } from "../../src/contract/extension.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { type Configuration, loadConfiguration } from "../../src/resources/configuration.ts";
import { answer, bootstrap, cluster, discovery, endpoints, forward, fromFile, httpListener, table, text } from "../support/bootstrap.ts";

type Json = Readonly<Record<string, unknown>>;

/** Loads `main.yaml` of these files. */
function load(files: Readonly<Record<string, string | Json>>, overlay?: Json): Configuration {
  const bytes = (content: string | Json): Buffer => Buffer.from(typeof content === "string" ? content : text(content));
  const main = files["main.yaml"];
  return loadConfiguration(
    { file: main === undefined ? undefined : { name: "main.yaml", bytes: bytes(main) }, overlay: overlay === undefined ? undefined : { name: "--config-yaml.yaml", bytes: bytes(overlay) } },
    {
      registry: new Registry(ALL_EXTENSIONS), serviceCluster: "", nodeId: "", unknownStaticFields: "error", unknownDynamicFields: "warning", unsupported: "error",
      read(path) {
        const content = files[path];
        return content === undefined ? { name: path, problem: "does not exist" } : { name: path, bytes: bytes(content) };
      },
    },
  );
}

const errors = (configuration: Configuration): string[] => configuration.findings.filter((finding) => finding.severity === "error").map(({ code, file, line }) => `${code} ${file}:${line}`);
const names = (configuration: Configuration): string[] => configuration.resources.map(({ type, name, source }) => `${type} ${name.replace(/\0/g, "")} of ${source}`);

const DYNAMIC = bootstrap({ dynamic: { lds_config: fromFile("./lds.yaml"), cds_config: fromFile("./cds.yaml") } });
const EDS = { name: "a", type: "EDS", eds_cluster_config: { eds_config: fromFile("./eds.yaml"), service_name: "svc" } };
const FILES = {
  "main.yaml": DYNAMIC,
  "./cds.yaml": discovery("cluster", "1", EDS),
  "./eds.yaml": discovery("endpoint", "1", endpoints("svc", 80)),
  "./lds.yaml": discovery("listener", "1", httpListener("l", 8080, { rds: { route_config_name: "table", config_source: fromFile("./rds.yaml") } })),
  "./rds.yaml": discovery("route", "1", table(forward("/", "a"))),
};

describe("a configuration", () => {
  test("of watched files holds what all of them give, and names them", () => {
    const loaded = load(FILES);
    expect(errors(loaded)).toEqual([]);
    expect(names(loaded).sort()).toEqual(["cluster a of ./cds.yaml", "endpoints svc of ./eds.yaml", "listener l of ./lds.yaml", "route table of ./rds.yaml"]);
    expect([...loaded.files].sort()).toEqual(["./cds.yaml", "./eds.yaml", "./lds.yaml", "./rds.yaml", "main.yaml"]);
    expect(loaded.refused).toEqual([]);
  });

  test("is the same text for the same content, whatever its layout", () => {
    const first = load(FILES).resources.map((resource) => resource.text);
    const again = load({ ...FILES, "./rds.yaml": `# a remark\n\n${JSON.stringify(FILES["./rds.yaml"])}` }).resources.map((resource) => resource.text);
    expect(again).toEqual(first);
  });

  test("takes a route table in a listener's place, in a watched file too", () => {
    const listener = httpListener("l", 8080, { route_config: table(answer("/", 200)) });
    for (const files of [{ "main.yaml": bootstrap({ listeners: [listener] }) }, { ...FILES, "./lds.yaml": discovery("listener", "1", listener) }]) {
      const loaded = load(files);
      expect(errors(loaded)).toEqual([]);
      expect(names(loaded).filter((name) => name.startsWith("route"))).toEqual([`route inline:l/0/0 of ${"./lds.yaml" in files ? "./lds.yaml" : "main.yaml"}`]);
    }
  });

  test("refuses the file that holds an error, and no other", () => {
    const loaded = load({ ...FILES, "./rds.yaml": discovery("route", "1", table({ match: { prefix: "/" }, route: { cluster: "a", timeout: "soon" } })) });
    expect(loaded.refused).toEqual(["./rds.yaml"]);
    expect(errors(loaded)).toEqual([expect.stringMatching(/^LGT02\d\d \.\/rds\.yaml:\d+$/)]);
  });

  test("refuses a file that is not there, and goes on with the rest", () => {
    const { "./eds.yaml": _, ...rest } = FILES;
    const loaded = load(rest);
    expect(loaded.refused).toEqual(["./eds.yaml"]);
    expect(names(loaded)).toContain("cluster a of ./cds.yaml");
  });

  test("that cannot be read at all has no bootstrap, and names the file to wait for", () => {
    const loaded = load({ "main.yaml": "static_resources: [\n" });
    expect([loaded.bootstrap, loaded.refused, loaded.files]).toEqual(["", ["main.yaml"], ["main.yaml"]]);
  });

  test("given in words is merged over the file: lists are joined, single fields replaced", () => {
    const loaded = load({ "main.yaml": bootstrap({ admin: 1, clusters: [cluster("a", 1)] }) }, bootstrap({ admin: 2, clusters: [cluster("b", 2)] }));
    expect(names(loaded).map((name) => name.split(" ")[1])).toEqual(["a", "b"]);
    expect(JSON.parse(loaded.bootstrap)).toMatchObject({ admin: { address: { socket_address: { port_value: 2 } } } });
  });

  test("in which a name is taken twice says where both stand", () => {
    const loaded = load({ "main.yaml": bootstrap({ clusters: [cluster("a", 1), cluster("a", 2)] }) });
    const [finding] = loaded.findings.filter((found) => found.severity === "error");
    expect(finding).toMatchObject({ code: "LGT0701", file: "main.yaml" });
    expect(finding?.related?.length).toBe(1);
  });
});
