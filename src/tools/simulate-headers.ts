/** How one block of headers became another, and which level of the route table did it. */
import { fromWire } from "../base/wire-text.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { MutatingMessage } from "../router/header-mutations.ts";
import type { RouteChoice } from "../router/route.ts";

export interface HeaderChange {
  readonly op: "set" | "added" | "removed" | "changed";
  readonly name: string;
  /** The new value; of a removed header the old one. */
  readonly value: string;
  /** Of a changed header: what it was. */
  readonly before?: string;
}

export interface RouteHeaderChange extends HeaderChange {
  /** `route`, `virtual host`, `route table`, `weighted cluster`, or what else did it; "" where it cannot be told. */
  readonly level: string;
}

export function headerChanges(before: HeaderBlock, after: HeaderBlock): HeaderChange[] {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const found: HeaderChange[] = [];
  for (const [name, values] of old) {
    const left = now.get(name);
    if (left === undefined) found.push({ op: "removed", name, value: values.join(", ") });
    else if (values.join("\n") !== left.join("\n")) found.push(...edited(name, values, left));
  }
  for (const [name, values] of now) if (!old.has(name)) for (const value of values) found.push({ op: "set", name, value });
  return found;
}

function edited(name: string, old: readonly string[], now: readonly string[]): HeaderChange[] {
  if (old.every((value, index) => now[index] === value)) return now.slice(old.length).map((value) => ({ op: "added", name, value }));
  return [{ op: "changed", name, value: now.join(", "), before: old.join(", ") }];
}

function entriesOf(block: HeaderBlock): Map<string, string[]> {
  const entries = new Map<string, string[]>();
  block.forEach((name, value) => {
    const values = entries.get(name);
    if (values === undefined) entries.set(name, [fromWire(value)]);
    else values.push(fromWire(value));
  });
  return entries;
}

/** Done by something else than header mutations. */
const MAKERS: Readonly<Record<string, string>> = {
  "x-envoy-original-path": "path rewrite",
  "x-envoy-original-host": "host rewrite",
  "x-forwarded-host": "append_x_forwarded_host",
  "x-envoy-expected-rq-timeout-ms": "router",
  "x-envoy-upstream-rq-timeout-ms": "router",
  "x-envoy-upstream-rq-per-try-timeout-ms": "router",
  "x-envoy-hedge-on-per-try-timeout": "router",
};

/** Names the levels whose mutations list each changed header. */
export function withLevels(changes: readonly HeaderChange[], choice: RouteChoice, side: "request" | "response"): RouteHeaderChange[] {
  const levels: readonly (readonly [string, MutatingMessage | undefined])[] = [
    ["weighted cluster", choice.entry?.message], ["route", choice.route?.message], ["virtual host", choice.host.message], ["route table", choice.host.table.message],
  ];
  return changes.map((change) => {
    const names = levels.filter(([, message]) => message !== undefined && mentions(message, change, side)).map(([level]) => level);
    return { ...change, level: names.join(", ") || (MAKERS[change.name] ?? "") };
  });
}

function mentions(message: MutatingMessage, { op, name }: HeaderChange, side: "request" | "response"): boolean {
  const is = (key: string | undefined): boolean => (key ?? "").toLowerCase() === name;
  const removed = (message[`${side}_headers_to_remove`] ?? []).some(is);
  if (op === "removed") return removed;
  return (message[`${side}_headers_to_add`] ?? []).some((option) => is(option.header?.key));
}
