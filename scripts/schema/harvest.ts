/**
 * Writes linked.txt and extensions.tsv: what an Envoy binary itself knows. Needed once for each release of Envoy.
 *
 *   bun scripts/schema/harvest.ts ENVOY_BINARY
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedDescriptors } from "./binary.ts";

interface Extension {
  readonly category: string;
  readonly name: string;
  readonly type_urls?: readonly string[];
}

/** Starts Envoy with nothing but an admin listener and asks what it tells its control planes about itself. */
async function extensionsOf(binary: string): Promise<Extension[]> {
  const folder = mkdtempSync(join(tmpdir(), "harvest-"));
  const [config, address] = [join(folder, "envoy.yaml"), join(folder, "admin.txt")];
  writeFileSync(config, "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}\n");
  const envoy = spawn(binary, ["-c", config, "--disable-hot-restart", "--concurrency", "1", "-l", "off", "--admin-address-path", address], { stdio: "ignore" });
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      try {
        const dump = await (await fetch(`http://${readFileSync(address, "utf8")}/config_dump`)).json() as { configs: { bootstrap?: { node: { extensions: Extension[] } } }[] };
        return dump.configs.find((c) => c.bootstrap !== undefined)?.bootstrap?.node.extensions ?? [];
      } catch {
        // it has not started yet
      }
    }
    throw new Error(`${binary} did not start`);
  } finally {
    envoy.kill();
    rmSync(folder, { recursive: true });
  }
}

function table(extensions: readonly Extension[]): string {
  const rows = extensions.map((e) => [e.category, e.name, [...(e.type_urls ?? [])].sort().join(" ")].join("\t")).sort();
  return ["category\tname\ttypes", ...rows].map((row) => `${row}\n`).join("");
}

if (import.meta.main) {
  const binary = process.argv[2];
  if (binary === undefined) throw new Error("usage: harvest.ts ENVOY_BINARY");
  const files = [...embeddedDescriptors(readFileSync(binary)).keys()].sort();
  writeFileSync(join(import.meta.dirname, "linked.txt"), files.map((name) => `${name}\n`).join(""));
  const extensions = await extensionsOf(binary);
  writeFileSync(join(import.meta.dirname, "extensions.tsv"), table(extensions));
  console.log(`${files.length} files, ${extensions.length} extensions`);
}
