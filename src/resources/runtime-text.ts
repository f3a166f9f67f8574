/** Values of runtime layers that come as text: files of a disk layer, `/runtime_modify`. */
import type { RuntimeValue } from "../contract/request-view.ts";

/** A text as YAML reads it: a number, a flag, a fraction, or itself. */
export function runtimeValueOf(text: string): RuntimeValue {
  const word = text.trim();
  if (word === "true" || word === "false") return word === "true";
  if (word !== "" && Number.isFinite(Number(word))) return Number(word);
  return fractionOf(word) ?? text;
}

/** `{numerator: 5, denominator: MILLION}`, in one line or two. */
function fractionOf(text: string): RuntimeValue | undefined {
  const fields = text.replace(/^\{|\}$/g, "").split(/[,\n]/).map((field) => /^\s*["']?(numerator|denominator)["']?\s*:\s*["']?(\w+)["']?\s*$/.exec(field));
  if (text === "" || fields.some((field) => field === null)) return undefined;
  const found = new Map(fields.map((field) => [field?.[1], field?.[2] ?? ""]));
  const numerator = found.get("numerator");
  const denominator = found.get("denominator");
  return { ...(numerator === undefined ? {} : { numerator: Number(numerator) }), ...(denominator === undefined ? {} : { denominator }) };
}

/** The content of a disk layer's file: lines that begin with `#` are comments, and what is behind the last line does not count. */
export function textOfRuntimeFile(text: string): string {
  const lines = text.split("\n").filter((line) => line !== "");
  const last = lines.at(-1);
  return lines.filter((line) => !line.startsWith("#")).map((line) => (line === last ? line.trimEnd() : `${line}\n`)).join("");
}
