import { describe, expect, it } from "vitest";
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { Document } from "yaml";
import { plainValue } from "../../src/diagnostics/yaml-scalar.ts";
import { conformanceConfigs, conformanceFolder } from "../support/conformance.ts";
import { readText } from "../support/read-text.ts";

/** The value by the structure that the `yaml` package sees and Envoy's rules for scalars. */
function valueOf(node: unknown, document: Document): unknown {
  if (isAlias(node)) return valueOf(node.resolve(document), document);
  if (isSeq(node)) return node.items.map((item) => valueOf(item, document));
  if (isMap(node)) {
    const kept = node.items.filter(({ key }) => !isScalar(key) || key.tag !== "!ignore");
    return Object.fromEntries(kept.map(({ key, value }) => [isScalar(key) ? String(key.source) : "?", valueOf(value, document)]));
  }
  if (!isScalar(node)) return null;
  return node.type === "PLAIN" || node.type === undefined ? plainValue(String(node.source ?? "")) : node.value;
}

const folder = conformanceFolder();
/** Broken on purpose. */
const BROKEN = /unparseable/;
/** One file of Envoy's gives a key twice. */
const isNoWarning = (line: string): boolean => !line.startsWith("LGT0106");

describe.skipIf(folder === undefined)("configurations of Envoy's tests", () => {
  const files = folder === undefined ? [] : conformanceConfigs(folder);
  const yaml = files.filter(({ path }) => /\.ya?ml$/.test(path) && !BROKEN.test(path));

  it.each(yaml)("$path is read without errors, as another YAML reader sees it", ({ path, text }) => {
    const read = readText(path, text);
    expect(read.lines.filter(isNoWarning)).toEqual([]);
    const [document] = parseAllDocuments(text, { schema: "failsafe", uniqueKeys: false, merge: false }) as Document[];
    expect(read.plain).toEqual(valueOf(document?.contents, document as Document));
  });

  it.each(files.filter(({ path }) => path.endsWith(".json") && !BROKEN.test(path)))("$path is read without errors, as JSON.parse does", ({ path, text }) => {
    const read = readText(path, text);
    expect(read.lines).toEqual([]);
    expect(read.plain).toEqual(JSON.parse(text));
  });
});
