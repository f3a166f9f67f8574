import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The real Envoy: LEGATE_ENVOY, or what scripts/envoy installs; undefined (said aloud) where there is none. */
export function findEnvoy(): string | undefined {
  const named = process.env["LEGATE_ENVOY"];
  if (named !== undefined) return named;
  const script = join(import.meta.dirname, "../../scripts/envoy");
  try {
    if (existsSync(script)) return execFileSync(script, { encoding: "utf8" }).trim();
  } catch {
    // said below
  }
  console.warn("no Envoy (set LEGATE_ENVOY): the comparison with it is skipped");
  return undefined;
}

/**
 * What Envoy's YAML reader makes of a text: Envoy prints the JSON in its message when the text does not fit the
 * bootstrap, so a misfit (`admin: 5`) is put before it. `error` where the text is no YAML to Envoy.
 */
export function envoyJson(envoy: string, text: string): { readonly json: unknown } | { readonly error: string } {
  const folder = mkdtempSync(join(tmpdir(), "legate-yaml-"));
  try {
    const file = join(folder, "x.yaml");
    writeFileSync(file, text);
    const { stdout, stderr } = spawnSync(envoy, ["--mode", "validate", "-l", "critical", "-c", file], { encoding: "utf8" });
    const output = stdout + stderr;
    const start = output.indexOf('): {"') + 3;
    if (start < 3) return { error: output };
    return { json: JSON.parse(output.slice(start, output.lastIndexOf("}") + 1)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
