/** `/runtime` and `/runtime_modify`: the static layers of the bootstrap, which nothing can change while it runs. */
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { general } from "../stats/numeral.ts";
import { type AdminEndpoint, jsonAnswer, textAnswer } from "./admin-endpoint.ts";

export interface RuntimeLayerValues {
  readonly name: string;
  /** Dotted key -> value as text. */
  readonly values: ReadonlyMap<string, string>;
}

/** The layers of a bootstrap (as JSON), each with its values flattened as Envoy does. */
export function runtimeLayers(bootstrapText: string): RuntimeLayerValues[] {
  if (bootstrapText === "") return [];
  const bootstrap = JSON.parse(bootstrapText) as Bootstrap;
  return (bootstrap.layered_runtime?.layers ?? []).map((layer) => {
    const values = new Map<string, string>();
    flatten(layer.static_layer ?? {}, "", values);
    return { name: layer.name ?? "", values };
  });
}

/** Numbers get six digits, as in Envoy. An object that reads as a fraction is one value. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (value !== null) into.set(path, typeof value === "string" ? value : typeof value === "number" ? general(value) : JSON.stringify(value));
    return;
  }
  if (path !== "" && ("numerator" in value || "denominator" in value)) {
    into.set(path, JSON.stringify(value));
    return;
  }
  for (const [key, item] of Object.entries(value)) flatten(item, path === "" ? key : `${path}.${key}`, into);
}

export const runtime: AdminEndpoint = {
  path: "/runtime", help: "print runtime values",
  answer: (_, state) => {
    const layers = runtimeLayers(state.bootstrap());
    const keys = [...new Set(layers.flatMap((layer) => [...layer.values.keys()]))].sort();
    const entries = Object.fromEntries(keys.map((key) => {
      const values = layers.map((layer) => layer.values.get(key) ?? "");
      return [key, { layer_values: values, final_value: values.findLast((value) => value !== "") ?? "" }];
    }));
    return jsonAnswer({ entries, layers: layers.map((layer) => layer.name) });
  },
};

export const runtimeModify: AdminEndpoint = {
  path: "/runtime_modify", mutates: true,
  help: "Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...",
  answer: ({ params }) => {
    // An admin layer in the bootstrap is not done here, and reported with the configuration.
    if (params.size > 0) return textAnswer("No admin layer specified", 503);
    return textAnswer("usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n       or send the parameters as form values\nuse an empty value to remove a previously added override", 400);
  },
};
