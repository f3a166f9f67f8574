import { describe, expect, test } from "vitest";
import { isUnreadable, validate, type ValidateOptions } from "../../src/tools/validate.ts";

const run = (text: string, options: ValidateOptions = {}): ReturnType<typeof validate> => validate({ name: "test.yaml", bytes: new TextEncoder().encode(text) }, options);

test("every error of a document comes at once", () => {
  const { findings } = run("static_resources:\n  clusters:\n    - nam: a\n      connect_timeout: soon\n  listenrs: []\n");
  expect(findings.filter((f) => f.severity === "error").map((f) => f.line)).toEqual(expect.arrayContaining([3, 4, 5]));
});

test("a disabled code is not reported", () => {
  const [first] = run("nod: {}\n").findings;
  expect(first?.code).toBe("LGT0201");
  expect(run("nod: {}\n", { disabled: new Set(["LGT0201"]) }).findings).toEqual([]);
});

test("unknown fields can be made warnings", () => {
  expect(run("nod: {}\n", { unknownFields: "warning" }).findings.map((f) => f.severity)).toEqual(["warning"]);
});

test("a document nobody named is skipped without a finding if it is no configuration", () => {
  expect(run("apiVersion: v1\n", { optional: true })).toMatchObject({ document: undefined, findings: [] });
  expect(run("apiVersion: v1\n").findings.map((f) => f.code)).toEqual(["LGT0007"]);
});

test("the check sees the messages, and its findings have places", () => {
  const { findings } = run("static_resources:\n  clusters: [{ name: a }]\n", {
    check: (messages, diagnostics) => {
      const bootstrap = messages[0]?.message as { static_resources?: { clusters?: readonly object[] } } | undefined;
      diagnostics.report({ code: "LGT0801", at: bootstrap?.static_resources?.clusters?.[0] ?? {}, key: "name", message: "Probe." });
    },
  });
  expect(findings.map((f) => [f.code, f.line, f.column])).toContainEqual(["LGT0801", 2, 22]);
});

test("for legate, what only Envoy does is an error", () => {
  const check: ValidateOptions["check"] = ([bootstrap], diagnostics) => diagnostics.report({ code: "LGT0901", at: bootstrap?.message ?? {}, key: "node", message: "Probe." });
  const severity = (forLegate: boolean): string | undefined => run("node: { id: a }\n", { check, forLegate }).findings.find((f) => f.code === "LGT0901")?.severity;
  expect([severity(false), severity(true)]).toEqual(["note", "error"]);
});

test("files that are named are asked about, and those of configuration are given back once", () => {
  const asked: string[] = [];
  const text = "dynamic_resources:\n  lds_config: { path_config_source: { path: ./a.yaml } }\n  cds_config: { path_config_source: { path: ./a.yaml } }\n";
  const { findings, follows } = run(text, { fileProblem: ({ path }) => (asked.push(path), "does not exist") });
  expect(asked).toEqual(["./a.yaml", "./a.yaml"]);
  expect(follows).toEqual(["./a.yaml"]);
  expect(findings.filter((f) => f.code === "LGT0802").map((f) => [f.line, f.message])).toEqual([[2, "./a.yaml does not exist."], [3, "./a.yaml does not exist."]]);
});

test("only what stops reading counts as unreadable", () => {
  expect(run("a: [\n").findings.map(isUnreadable)).toEqual([true]);
  expect(run("nod: {}\n").findings.map(isUnreadable)).toEqual([false]);
});

describe("files that the configuration subscribes to", () => {
  const resource = (type: string, fields: object): string => JSON.stringify({ resources: [{ "@type": `type.googleapis.com/${type}`, ...fields }] });
  const files: Readonly<Record<string, string>> = {
    "/x/eds.yaml": resource("envoy.config.endpoint.v3.ClusterLoadAssignment", { cluster_name: "service" }),
    "/x/secret.yaml": resource("envoy.extensions.transport_sockets.tls.v3.Secret", { name: "certs" }),
    "/x/cds.yaml": resource("envoy.config.listener.v3.Listener", { name: "l" }),
    "/x/empty.yaml": "",
  };
  const read = (name: string): { name: string; bytes: Uint8Array } => ({ name, bytes: new TextEncoder().encode(files[name] ?? "") });
  const source = (file: string): string => `{ path_config_source: { path: /x/${file}.yaml } }`;
  const tls = '"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
  const said = (yaml: string): string[] => run(yaml, { read }).findings.filter(({ code }) => code === "LGT0801").map(({ message, fix, severity }) => `${severity} ${message} ${fix}`);

  test("hold what is wanted from them", () => {
    expect(said(`static_resources: { clusters: [{ name: a, type: EDS, eds_cluster_config: { service_name: service, eds_config: ${source("eds")} } }] }`)).toEqual([]);
    expect(said(`static_resources: { clusters: [{ name: servic, type: EDS, eds_cluster_config: { eds_config: ${source("eds")} } }] }`)).toEqual(["warning /x/eds.yaml holds no ClusterLoadAssignment named 'servic'. Did you mean service?"]);
    expect(said(`dynamic_resources: { cds_config: ${source("cds")} }`)).toEqual(["warning /x/cds.yaml holds no Cluster. Define what is named, or correct the name."]);
    expect(said(`static_resources: { clusters: [{ name: a, transport_socket: { name: t, typed_config: { ${tls}, common_tls_context: { tls_certificate_sds_secret_configs: [{ name: cert, sds_config: ${source("secret")} }] } } } }] }`))
      .toEqual(["warning /x/secret.yaml holds no Secret named 'cert'. Did you mean certs?"]);
  });

  test("that are empty are errors of their own, and nothing is missed in them", () => {
    expect(said(`dynamic_resources: { lds_config: ${source("empty")} }`)).toEqual([]);
  });
});
