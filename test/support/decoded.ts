import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readMap } from "../../src/diagnostics/read-document.ts";
import type { UnknownFields } from "../../src/schema/context.ts";
import { decodeMessage } from "../../src/schema/decode.ts";
import type { TypeTable } from "../../src/schema/table.ts";

export interface Decoded {
  readonly message: Readonly<Record<string, unknown>>;
  readonly findings: readonly ResolvedFinding[];
  /** `CODE line:column path` of each finding. */
  readonly places: readonly string[];
}

export interface DecodedOptions {
  readonly file?: string;
  readonly unknown_fields?: UnknownFields;
  readonly allows_deprecated?: (name: string) => boolean;
  readonly table?: TypeTable;
}

/** Reads and decodes a text as one message; every finding is resolved. */
export function decoded(type: string, text: string, options: DecodedOptions = {}): Decoded {
  const { file = "t.yaml", ...rest } = options;
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const document = readMap(file, text, { origins, diagnostics });
  const message = document === undefined ? {} : decodeMessage(type, document.root, { origins, diagnostics, ...rest });
  const findings = diagnostics.resolve();
  const places = findings.map((f) => `${f.code} ${f.line}:${f.column} ${f.path}`);
  return { message: message as Readonly<Record<string, unknown>>, findings, places };
}

export const CLUSTER = "envoy.config.cluster.v3.Cluster";
export const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";
