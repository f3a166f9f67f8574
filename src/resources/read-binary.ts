/** Binary protobuf, as Envoy reads files whose names end in `.pb`, as the raw tree that texts give. */
import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RawMap } from "../diagnostics/raw.ts";
import { decodeBinary } from "../schema/binary-decode.ts";
import { KINDS } from "./kind.ts";

export interface BinaryDocument {
  readonly type: string;
  readonly root: RawMap;
}

/** What the bytes hold: the given type, else the kind that they fit best. Undefined, with a finding, where they fit none. */
export function readBinary(name: string, bytes: Uint8Array, type: string | undefined, origins: Origins, diagnostics: Diagnostics): BinaryDocument | undefined {
  const kinds = type === undefined ? Object.values(KINDS) : [type];
  const tries = kinds.map((kind) => attempt(name, bytes, kind, origins)).sort((a, b) => a.findings.length - b.findings.length);
  const [best] = tries;
  if (best === undefined) return undefined;
  for (const finding of best.findings) diagnostics.report(finding);
  return best.root === undefined ? undefined : { type: best.type, root: best.root };
}

/** Only what the binary form itself gets wrong: everything else is said when the raw tree is decoded. */
const BINARY_CODES: ReadonlySet<string> = new Set(["LGT0201", "LGT0223"]);

function attempt(name: string, bytes: Uint8Array, type: string, origins: Origins): { type: string; root: RawMap | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  const diagnostics = { report: (finding: Finding): void => void (BINARY_CODES.has(finding.code) && findings.push(finding)) };
  const root = decodeBinary(type, bytes, { origins, diagnostics, label: name, unknown_fields: "error" });
  return { type, root: root as RawMap | undefined, findings };
}
