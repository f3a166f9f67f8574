/** Times that v1 wrote as numbers, with their unit in the field's name. */
import type { RawValue } from "../../diagnostics/raw.ts";
import type { MessageUpgrade } from "./message-upgrade.ts";

/** A number of milliseconds as a duration. */
export function duration(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}

function isWord(value: RawValue): value is number | string {
  return typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
}

/** Sets `timeout: 0.25s` for `timeout_ms: 250`, where the message has such a field; false where it has not. */
export function timeFromNumber(message: MessageUpgrade, key: string, value: RawValue): boolean {
  const [, name, unit] = /^(\w+)_(ms|s)$/.exec(key) ?? [];
  if (name === undefined || message.type.byName.get(name)?.shape !== "duration" || !isWord(value)) return false;
  message.replace(key, name, duration(Number(value) * (unit === "s" ? 1000 : 1)), "v1");
  return true;
}

/** A rule for a time whose field has another name in v3. */
export function timeAt(way: string, unit: "ms" | "s" = "ms") {
  return (message: MessageUpgrade, key: string, value: RawValue): void => {
    if (isWord(value)) message.replace(key, way.split("."), duration(Number(value) * (unit === "s" ? 1000 : 1)), "v1");
    else message.set(key, value, key);
  };
}
