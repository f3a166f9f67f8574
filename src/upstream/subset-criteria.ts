/** Keys and values of subsets: what a host offers under `envoy.lb`, what a request asks for. */
import type { Host } from "../contract/host.ts";
import type { MetadataCriteria } from "../contract/load-balancer.ts";

/** One text for equal lists of keys and values. */
export function criteriaKey(criteria: MetadataCriteria): string {
  return JSON.stringify(criteria.map(([key, value]) => [key, ordered(value)]));
}

/** JSON values with the keys of structs in one order: equal values give equal text. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, ordered(item)]);
}

export function criteriaOf(struct: Readonly<Record<string, unknown>> | undefined): MetadataCriteria {
  return Object.entries(struct ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

const LB = "envoy.lb";

/** The criteria by these keys that a host answers to: none unless it has all of them; several where a list stands for its items. `keys` are sorted. */
export function criteriaOfHost(host: Host, keys: readonly string[], listAsAny: boolean): MetadataCriteria[] {
  const fields = host.metadata[LB];
  if (fields === undefined || keys.length === 0) return [];
  let found: MetadataCriteria[] = [];
  for (const key of keys) {
    if (!Object.hasOwn(fields, key)) return [];
    const value = fields[key];
    const values: readonly unknown[] = listAsAny && Array.isArray(value) ? value : [value];
    // as in Envoy, an empty list adds nothing to what is there not yet
    found = found.length === 0 ? values.map((one) => [[key, one] as const]) : found.flatMap((before) => values.map((one) => [...before, [key, one] as const]));
  }
  return found;
}

/** Whether a host has these values. */
export function answers(host: Host, criteria: MetadataCriteria, listAsAny: boolean): boolean {
  return hasAll(host.metadata[LB], criteria, listAsAny);
}

/** Whether a struct, which may be absent, has these values. */
export function hasAll(fields: Readonly<Record<string, unknown>> | undefined, criteria: MetadataCriteria, listAsAny: boolean): boolean {
  return criteria.every(([key, value]) => {
    if (fields === undefined || !Object.hasOwn(fields, key)) return false;
    const its = fields[key];
    const wanted = JSON.stringify(ordered(value));
    if (listAsAny && Array.isArray(its)) return its.some((one) => JSON.stringify(ordered(one)) === wanted);
    return JSON.stringify(ordered(its)) === wanted;
  });
}

/** Those of these keys. */
export function filterCriteria(criteria: MetadataCriteria, keys: ReadonlySet<string>): MetadataCriteria {
  return criteria.filter(([key]) => keys.has(key));
}

/** `over` wins. */
export function mergeCriteria(criteria: MetadataCriteria, over: MetadataCriteria): MetadataCriteria {
  return criteriaOf(Object.fromEntries([...criteria, ...over]));
}
