/** What an Any's type URL names, and what to say if it names nothing that Envoy knows. */
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { RawMap } from "../diagnostics/raw.ts";
import type { Walk } from "./context.ts";
import { typeOf, type MessageType, type TypeTable } from "./table.ts";

/** Messages that a configuration can carry have these prefixes; nothing else is worth proposing. By their last names: a package is seldom what was mistyped. */
function proposals(table: TypeTable): ReadonlyMap<string, readonly string[]> {
  let byLast = known.get(table);
  if (byLast === undefined) {
    byLast = grouped([...table.names()].filter((name) => /^(envoy|xds|udpa|google\.protobuf)\./.test(name) && /\.[A-Z]\w*$/.test(name)));
    known.set(table, byLast);
  }
  return byLast;
}

const known = new WeakMap<TypeTable, ReadonlyMap<string, readonly string[]>>();

function grouped(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byLast = new Map<string, string[]>();
  for (const name of names) {
    const list = byLast.get(lastName(name));
    if (list === undefined) byLast.set(lastName(name), [name]);
    else list.push(name);
  }
  return byLast;
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** The nearest known message; else the one that has the same last name, the wrong package being the usual slip. */
function nearest(table: TypeTable, name: string): string | undefined {
  const byLast = proposals(table);
  const same = (byLast.get(lastName(name)) ?? []).filter((candidate) => table.message(candidate) !== undefined);
  const near = didYouMean(name, same) ?? (same.length === 1 ? same[0] : undefined) ?? didYouMean(name, byLast.get(didYouMean(lastName(name), byLast.keys()) ?? "") ?? []);
  return near !== undefined && table.message(near) !== undefined ? near : undefined;
}

/** What the unknown names of one document may have meant. Where there are very many, they are no slips, and looking for more would take long. */
const meanings = new WeakMap<Walk, Map<string, string | undefined>>();
const MOST_MEANINGS = 300;

function meaningOf(walk: Walk, name: string): string | undefined {
  const found = meanings.get(walk) ?? new Map<string, string | undefined>();
  meanings.set(walk, found);
  if (!found.has(name) && found.size < MOST_MEANINGS) found.set(name, nearest(walk.table, name));
  return found.get(name);
}

function reportUnknown(walk: Walk, raw: RawMap, url: string, name: string): void {
  const successor = walk.table.successorOf(name);
  if (successor !== undefined || /^envoy\.(api\.v2|.*\.v2(alpha\d*)?)\./.test(name)) {
    walk.note("LGT0218", raw, "@type", `${name} is a type of the v2 API, which Envoy no longer has`, successor === undefined ? {} : { fix: `Its successor is ${successor}` });
    return;
  }
  const meant = meaningOf(walk, name);
  walk.note("LGT0211", raw, "@type", `No message is named ${name}`, { why: `Envoy: could not find @type '${url}'`, ...(meant === undefined ? {} : { fix: `Did you mean type.googleapis.com/${meant}?` }) });
}

function reportNotLinked(walk: Walk, raw: RawMap, type: MessageType): void {
  if (type.file.contrib) walk.note("LGT0404", raw, "@type", `${type.name} is known only to Envoy's contrib build`);
  else walk.note("LGT0405", raw, "@type", `${type.name} is in Envoy's API, but Envoy 1.40.0 is built without it`);
}

/** The message that the URL of `raw` names, or undefined; reports unless Envoy 1.40.0 knows the type. */
export function anyType(walk: Walk, raw: RawMap, url: string): MessageType | undefined {
  const name = typeOf(url);
  if (name === undefined) {
    const known = walk.table.message(url) === undefined ? {} : { fix: `Write type.googleapis.com/${url}` };
    walk.note("LGT0222", raw, "@type", `${JSON.stringify(url)} is no type URL`, { why: "A type URL is a host, a slash and the full name of a message", ...known });
    return walk.table.message(url);
  }
  const type = walk.table.message(name);
  if (type === undefined) reportUnknown(walk, raw, url, name);
  else if (!type.file.linked) reportNotLinked(walk, raw, type);
  return type;
}
