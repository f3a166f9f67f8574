/**
 * The runtime: layers of values by dotted key, of which later ones win (Envoy's SnapshotImpl). Layers are data; who owns them
 * (the bootstrap, an admin layer, a disk) makes a new snapshot when one changes.
 */
import type { RuntimeValue, RuntimeView } from "../contract/request-view.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

export interface RuntimeLayer {
  readonly name: string;
  readonly values: ReadonlyMap<string, RuntimeValue>;
  /** The same as they were given, where they were given as text. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** The layers of a bootstrap, each flattened. */
export function runtimeLayersOf(bootstrap: Bootstrap): RuntimeLayer[] {
  return (bootstrap.layered_runtime?.layers ?? []).map((layer) => {
    return { name: layer.name ?? "", values: flattenStruct(layer.static_layer ?? {}) };
  });
}

/** The values of a struct by dotted key. */
export function flattenStruct(struct: object): Map<string, RuntimeValue> {
  const values = new Map<string, RuntimeValue>();
  for (const [key, value] of Object.entries(struct)) flatten(value, key, values);
  return values;
}

/** An object that is empty or reads as a fraction is one value; others are levels of the key. */
function flatten(value: unknown, key: string, into: Map<string, RuntimeValue>): void {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") {
    into.set(key, value);
  } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0 || "numerator" in value || "denominator" in value) into.set(key, value as RuntimeValue);
    else for (const [name, item] of entries) flatten(item, `${key}.${name}`, into);
  }
}

/** What is in force: a record that crosses threads as it is. */
export function finalValues(layers: readonly RuntimeLayer[]): Record<string, RuntimeValue> {
  return Object.fromEntries(layers.flatMap((layer) => [...layer.values]).map(([key, value]) => [key, asRead(value)]));
}

const DECIMAL = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*$/;

/** A text that is a decimal number counts as one. */
function asRead(value: RuntimeValue): RuntimeValue {
  return typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
}

/** A worker's view of it. */
export class Runtime implements RuntimeView {
  private values: ReadonlyMap<string, RuntimeValue>;

  constructor(values: Readonly<Record<string, RuntimeValue>>) {
    this.values = new Map(Object.entries(values));
  }

  /** A new snapshot. */
  replace(values: Readonly<Record<string, RuntimeValue>>): void {
    this.values = new Map(Object.entries(values));
  }

  get(key: string): RuntimeValue | undefined {
    return this.values.get(key);
  }
}
