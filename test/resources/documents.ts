import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadDocument, type LoadedDocument, type LoadOptions } from "../../src/resources/load.ts";

/** Loads a text as `legate` would load a file of that name. */
export function load(text: string, name = "test.yaml", more: Partial<LoadOptions> = {}): { readonly document: LoadedDocument | undefined; readonly findings: readonly ResolvedFinding[] } {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const document = loadDocument({ name, bytes: new TextEncoder().encode(text) }, { origins, diagnostics, ...more });
  return { document, findings: diagnostics.resolve() };
}
