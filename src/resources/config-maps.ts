/** Kubernetes manifests: the Envoy configuration that ConfigMaps and Secrets hold as text, with its place in the manifest. */
import type { Origins } from "../diagnostics/origins.ts";
import { isRawMap, type RawMap } from "../diagnostics/raw.ts";
import { syntaxOfName } from "../diagnostics/read-document.ts";
import { Source } from "../diagnostics/source.ts";

/** True for an object of Kubernetes: no message of Envoy's has these two fields. */
export function isManifest(root: RawMap): boolean {
  return typeof root["apiVersion"] === "string" && typeof root["kind"] === "string";
}

/**
 * The texts that a manifest holds, those of the items of a list too: each may be a configuration. Where a text stands as a block,
 * its lines are the manifest's.
 */
export function embeddedIn(root: RawMap, origins: Origins): Source[] {
  const items = root["items"];
  const own = Array.isArray(items) ? items.filter(isRawMap).flatMap((item) => embeddedIn(item, origins)) : [];
  if (root["kind"] !== "ConfigMap" && root["kind"] !== "Secret") return own;
  return [...own, ...["data", "stringData"].flatMap((key) => entriesOf(root[key], root["kind"] === "Secret" && key === "data", origins))];
}

function entriesOf(data: unknown, encoded: boolean, origins: Origins): Source[] {
  if (!isRawMap(data) || encoded) return [];
  return Object.entries(data).flatMap(([name, text]) => {
    if (typeof text !== "string") return [];
    const source = sourceOf(data, name, text, origins);
    return source === undefined ? [] : [source];
  });
}

/** A block scalar is read where it stands; a text in quotes as a text of its own. */
function sourceOf(data: RawMap, name: string, text: string, origins: Origins): Source | undefined {
  const syntax = syntaxOfName(name) ?? (/^\s*[{[]/.test(text) ? "json" : "yaml");
  const place = origins.find(data, name)?.span;
  if (place === undefined || text.trim() === "") return undefined;
  const block = place.source.syntax === "yaml" ? blockAt(place.source, place.start, text) : undefined;
  return block === undefined ? new Source(`${place.source.name} (data of ${name})`, text, syntax) : new Source(place.source.name, block.text, syntax, block.line);
}

/** The lines of a literal block whose first content is at `start`, if they are those of `text`. */
function blockAt({ text: manifest, lines }: Source, start: number, text: string): { text: string; line: number } | undefined {
  const indent = lines.locate(start).column - 1;
  if (indent === 0) return undefined;
  const first = lines.lineAt(start);
  const count = text.replace(/\n+$/, "").split("\n").length;
  const last = Math.min(first + count - 1, lines.lastLine);
  const part = manifest.slice(lines.startOf(first), lines.endOf(last));
  const dedented = part.split(/\r?\n/).map((line) => line.slice(indent)).join("\n");
  return dedented.trimEnd() === text.replace(/^\n+/, "").trimEnd() ? { text: part, line: first } : undefined;
}
