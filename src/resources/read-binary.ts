/** Binary protobuf, as Envoy reads files whose names end in `.pb`, as the raw tree that texts give. */
import type { Diagnostics, Finding } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RawMap } from "../diagnostics/raw.ts";
import { decodeBinary } from "../schema/binary-decode.ts";
import { type TypeTable, V3 } from "../schema/table.ts";
import { v2 } from "../schema/v2.ts";
import { KINDS } from "./kind.ts";

export interface BinaryDocument {
  readonly type: string;
  readonly root: RawMap;
}

/**
 * What the bytes hold: the given type, else the kind that they fit best, in v3 or in v2 (an upgrade is for others to make). Undefined, with a
 * finding, where they fit none.
 */
export function readBinary(name: string, bytes: Uint8Array, type: string | undefined, origins: Origins, diagnostics: Diagnostics): BinaryDocument | undefined {
  const kinds = type === undefined ? Object.values(KINDS) : [type];
  const tries = kinds.map((kind) => bestOf(name, bytes, kind, origins)).sort((a, b) => a.findings.length - b.findings.length);
  const [best] = tries;
  if (best === undefined) return undefined;
  for (const finding of best.findings) diagnostics.report(finding);
  return best.root === undefined ? undefined : { type: best.type, root: best.root };
}

/** Only what the binary form itself gets wrong: everything else is said when the raw tree is decoded. */
const BINARY_CODES: ReadonlySet<string> = new Set(["LGT0201", "LGT0223"]);

interface Attempt {
  readonly type: string;
  readonly root: RawMap | undefined;
  readonly findings: readonly Finding[];
  /** How many types are named that the API does not have. */
  readonly strangers: number;
}

/** The bytes as a message of v3, or where they fit it better as the message of v2 before it. */
function bestOf(name: string, bytes: Uint8Array, type: string, origins: Origins): Attempt {
  const first = attempt(name, bytes, type, origins, V3.message(type) === undefined ? v2() : V3);
  const old = first.findings.length + first.strangers === 0 ? undefined : V3.message(type)?.previous;
  if (old === undefined) return first;
  const second = attempt(name, bytes, old, origins, v2());
  return second.findings.length + second.strangers < first.findings.length + first.strangers ? second : first;
}

function attempt(name: string, bytes: Uint8Array, type: string, origins: Origins, table: TypeTable): Attempt {
  const findings: Finding[] = [];
  let strangers = 0;
  const report = (finding: Finding): void => {
    if (finding.code === "LGT0211") strangers++;
    else if (BINARY_CODES.has(finding.code)) findings.push(finding);
  };
  const root = decodeBinary(type, bytes, { origins, diagnostics: { report }, label: name, unknown_fields: "error", table });
  return { type, root: root as RawMap | undefined, findings, strangers };
}
