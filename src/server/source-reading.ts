/** Reads a file that is subscribed to, where control itself does it (RTDS, and SDS for its numbers). */
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import type { Files } from "../platform/files.ts";
import { UNREADABLE } from "../resources/followed-source.ts";
import { type LoadedMessage, loadDocument } from "../resources/load.ts";

export interface SourceReading {
  readonly outcome: "update_success" | "update_failure" | "update_rejected";
  readonly version: string;
  readonly messages: readonly LoadedMessage[];
  /** What is wrong with it first, and where; "" if nothing is. */
  readonly error: string;
}

export function readSource(files: Files, path: string): SourceReading {
  const origins = new Origins();
  const findings = new Findings(origins, { disabled: new Set() });
  try {
    const document = loadDocument({ name: path, bytes: files.readBytes(path) }, { origins, diagnostics: findings, unknownFields: "warning" });
    const errors = findings.resolve().filter(({ severity }) => severity === "error");
    const [first] = errors;
    const outcome = first === undefined ? "update_success" : errors.some(({ code }) => UNREADABLE.test(code)) ? "update_failure" : "update_rejected";
    return { outcome, version: document?.version ?? "", messages: document?.messages ?? [], error: first === undefined ? "" : `${path}:${first.line}:${first.column}: ${first.message}` };
  } catch (error) {
    return { outcome: "update_failure", version: "", messages: [], error: error instanceof Error ? error.message : `${path} cannot be read` };
  }
}
