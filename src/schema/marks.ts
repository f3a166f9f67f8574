/** Deprecated, disallowed and unfinished parts of the API, reported where a message uses them. */
import type { RawMap } from "../diagnostics/raw.ts";
import type { Walk } from "./context.ts";
import type { EnumType, Field, MessageType } from "./table.ts";

/** True if the field, once set, needs a word; most fields do not. */
export function isMarked(field: Field): boolean {
  return field.deprecated !== undefined || field.workInProgress || field.disallowed;
}

/** Reports what the API says about a field that is set. `key` is its name in the text. */
export function reportField(walk: Walk, type: MessageType, field: Field, raw: RawMap, key: string, allowed: (name: string) => boolean): void {
  const full = `${type.name}.${field.name}`;
  if (field.workInProgress) walk.note("LGT0214", raw, key, `${field.name} is marked as work in progress`, { on: "key" });
  if (field.deprecated === undefined) return;
  const since = field.deprecated === "" ? "" : ` since API version ${field.deprecated}`;
  if (field.disallowed && !allowed(full)) {
    walk.note("LGT0213", raw, key, `${field.name} is deprecated${since} and no longer allowed`, { on: "key", why: `Runtime envoy.deprecated_features:${full} would allow it for now` });
  } else walk.note("LGT0212", raw, key, `${field.name} is deprecated${since}`, { on: "key" });
}

/** Reports a deprecated value of an enum. */
export function reportEnum(walk: Walk, type: EnumType, field: Field, value: unknown, raw: RawMap, key: string, allowed: (name: string) => boolean): void {
  if (typeof value !== "string" || type.deprecated[value] === undefined) return;
  const full = `${type.name}.${value}`;
  if (type.disallowed[value] === 1 && !allowed(full)) walk.note("LGT0217", raw, key, `The value ${value} of ${field.name} is deprecated and no longer allowed`);
  else walk.note("LGT0216", raw, key, `The value ${value} of ${field.name} is deprecated`);
}

/** Fields whose default is a value that is no longer allowed, by their message: they must be set. */
const MUST_CHOOSE: ReadonlyMap<string, string> = new Map([
  ["envoy.config.core.v3.ApiConfigSource", "api_type"],
  ["envoy.config.trace.v3.ZipkinConfig", "collector_endpoint_version"],
]);

/** Reports a field that is left at such a default. */
export function reportDefault(walk: Walk, type: MessageType, out: Readonly<Record<string, unknown>>, raw: RawMap, allowed: (name: string) => boolean): void {
  const key = MUST_CHOOSE.get(type.name);
  if (key === undefined || out[key] !== undefined) return;
  const values = walk.table.enumeration(type.byName.get(key)?.type ?? "");
  const value = values?.byNumber.get(0) ?? "";
  if (allowed(`${values?.name ?? ""}.${value}`)) return;
  walk.note("LGT0217", raw, key, `${key} is not set, and its default ${value} is no longer allowed`, { fix: `Choose one of ${[...values?.byName.keys() ?? []].filter((name) => name !== value).join(", ")}` });
}

/** True if the message or its file is unfinished. */
export function isUnfinished(type: MessageType): boolean {
  return type.workInProgress || type.file.workInProgress;
}
