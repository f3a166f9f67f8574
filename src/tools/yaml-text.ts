/** Scalars and flow collections as YAML that Envoy reads back as the same values. */
import { isRawMap, type RawValue } from "../diagnostics/raw.ts";
import { plainValue } from "../diagnostics/yaml-scalar.ts";

/** Characters that mean something at the beginning of a plain scalar, or within one. */
const SPECIAL = /^[-?:](?=\s|$)|^[\s!&*|>%@`"'#,[\]{}]|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|:(?=\s|$)|\s#|\s$|^(?:---|\.\.\.)/;
/** What ends a plain scalar within brackets. */
const FLOW_SPECIAL = /[,[\]{}]|:$/;

/** A scalar on one line; quoted where a plain one would be read as something else. `flow`: it stands in brackets. */
export function scalarText(value: string | number | bigint | boolean | null, flow = false): string {
  if (typeof value !== "string") return String(value);
  const plain = plainValue(value) === value && value !== "" && !SPECIAL.test(value) && !(flow && FLOW_SPECIAL.test(value)) && value !== "<<";
  return plain ? value : JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A value on one line. */
export function flowText(value: RawValue): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (!isRawMap(value)) return scalarText(value, true);
  const entries = Object.entries(value).map(([key, entry]) => `${keyText(key, true)}: ${flowText(entry)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A key. Keys are texts whatever they look like. */
export function keyText(key: string, flow = false): string {
  const plain = /^[A-Za-z_$][\w$./-]*$/.test(key) && plainValue(key) !== null;
  return plain ? key : scalarText(key, flow) === key && key.length < 100 ? key : JSON.stringify(key);
}

/** True for a text that reads best as a literal block: several lines, nothing that a block cannot hold. */
export function isBlock(value: RawValue): value is string {
  return typeof value === "string" && value.includes("\n") && !/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/.test(value) && !/^[ \n]/.test(value) && !/[ \t]\n/.test(value);
}
