import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readValue } from "../../src/diagnostics/read-document.ts";

const CONFIGS = resolve(import.meta.dirname, "../../configs");

/** As Envoy's YAML layer hands values on: what is no boolean, null or small integer is text. */
function asEnvoy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asEnvoy);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asEnvoy(item)]));
  return typeof value === "number" && !Number.isInteger(value) ? String(value) : value;
}

describe("our YAML reader and the `yaml` package", () => {
  const files = readdirSync(CONFIGS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));
  it.each(files)("read the same values from %s", (name) => {
    const text = readFileSync(join(CONFIGS, name), "utf8");
    const origins = new Origins();
    const findings = new Findings(origins);
    const ours = readValue(name, text, { origins, diagnostics: findings })?.root;
    expect(findings.size).toBe(0);
    expect(JSON.parse(JSON.stringify(ours))).toEqual(asEnvoy(parse(text)));
  });
});
