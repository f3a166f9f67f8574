/** Envoy 1.40.0 accepts what `migrate` makes of configurations in the words of v1 and v2; it accepts none of them as they are. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { expect, it } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { migrate } from "../../src/tools/migrate.ts";
import { validate } from "../../src/tools/validate.ts";
import { findEnvoy } from "../support/envoy-json.ts";

const envoy = findEnvoy();
const folder = join(import.meta.dirname, "v2");
const names = readdirSync(folder);
const check = compileCheck(ALL_EXTENSIONS);

/** What Envoy says, "" if the file is valid. */
function verdict(text: string, name: string): string {
  const scratch = mkdtempSync(join(tmpdir(), "migrate-"));
  writeFileSync(join(scratch, name), text);
  const { status, stderr } = spawnSync(envoy ?? "", ["--mode", "validate", "-c", name, "-l", "critical", "--service-node", "a", "--service-cluster", "b"], { cwd: scratch, encoding: "utf8" });
  rmSync(scratch, { recursive: true, force: true });
  return status === 0 ? "" : stderr;
}

it("there are at least 50 of them", () => expect(names.length).toBeGreaterThanOrEqual(50));

it.skipIf(envoy === undefined).each(names)("%s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  expect(verdict(text, `old${extname(name)}`)).not.toBe("");
  const result = migrate({ name, bytes: new TextEncoder().encode(text) }, { check });
  expect(verdict(result.text ?? "", "new.yaml")).toBe("");
}, 30_000);

const TCP = (type: string, more = ""): string => `static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains:
    - filters: [{ name: tcp, typed_config: { "@type": type.googleapis.com/${type}, stat_prefix: t, cluster: a } }]
${more}  clusters:
  - { name: a, connect_timeout: 1s, type: STATIC`;
const V3_TCP = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

it.skipIf(envoy === undefined).each([
  ["hosts", `${TCP(V3_TCP)}, hosts: [{ pipe: { path: /s } }] }\n`],
  ["tls_context", `${TCP(V3_TCP)}, tls_context: { sni: x } }\n`],
  ["a v2 type", `${TCP("envoy.config.filter.network.tcp_proxy.v2.TcpProxy")}, typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http_protocol_options: {} } } } }\n`],
  ["config", `${TCP(V3_TCP, "    listener_filters: [{ name: envoy.listener.tls_inspector, config: {} }]\n")} }\n`],
  ["runtime", `${TCP(V3_TCP)} }\nruntime: { symlink_root: /a }\n`],
])("a file of v3 with one word of v2 is an error in both: %s", (_word, text) => {
  expect(verdict(text, "mixed.yaml")).not.toBe("");
  const { findings } = validate({ name: "mixed.yaml", bytes: new TextEncoder().encode(text) }, { check });
  expect(findings.filter(({ severity }) => severity === "error").map(({ code }) => code)).toContainEqual(expect.stringMatching(/^LGT02/));
}, 30_000);
