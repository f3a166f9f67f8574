/** The simplest rules: a word of v1 that stands elsewhere in v3, or nowhere. */
import { textOfRaw } from "../../diagnostics/raw.ts";
import type { Rule, Rules } from "./message-upgrade.ts";
import type { Proof } from "./change.ts";

/** The field stands at a way such as `match.prefix`, with the same value. */
export function moved(way: string, proof: Proof = "v1"): Rule {
  return (message, key, value) => message.replace(key, way.split("."), value, proof);
}

/** The same, for a message of the v2 type. */
export function movedAs(way: string, type: string, proof: Proof = "v1"): Rule {
  return (message, key, value) => {
    const items = Array.isArray(value) ? message.tree(key, value.map((item) => message.as(type, item))) : message.as(type, value);
    message.replace(key, way.split("."), items, proof);
  };
}

/** The field is not needed any more. */
export function needless(why: string, proof: Proof = "v1"): Rule {
  return (message, key) => message.drop(key, why, proof);
}

/** Another word for a value. */
export function worded(field: string, words: Readonly<Record<string, string>>, proof: Proof = "v1"): Rule {
  return (message, key, value) => {
    const word = typeof value === "string" ? words[value.toLowerCase()] : undefined;
    if (word !== undefined) message.replace(key, field, word, proof, key === field ? `${textOfRaw(value)} is called ${word} in v3` : undefined);
    else if (key === field) message.set(key, value, key);
    else message.replace(key, field, value, proof);
  };
}

/** Rules of one type, by its keys. */
export function rulesOf(type: string, rules: Readonly<Record<string, Rule>>): Rules {
  return Object.fromEntries(Object.entries(rules).map(([key, rule]) => [`${type}.${key}`, rule]));
}
