import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { loadDocument, type LoadedDocument } from "../../src/resources/load.ts";

/** Loads a text as `legate` would load a file of that name. */
export function load(text: string, name = "test.yaml"): { readonly document: LoadedDocument | undefined; readonly findings: readonly ResolvedFinding[] } {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const document = loadDocument({ name, bytes: new TextEncoder().encode(text) }, { origins, diagnostics });
  return { document, findings: diagnostics.resolve() };
}
