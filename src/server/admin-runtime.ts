/** `/runtime` and `/runtime_modify`: the layers of the runtime, and values that the admin lays over them. */
import type { RuntimeValue } from "../contract/request-view.ts";
import { runtimeLayersOf } from "../resources/runtime.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { general } from "../stats/numeral.ts";
import { type AdminEndpoint, jsonAnswer, textAnswer } from "./admin-endpoint.ts";

/** A value as `/runtime` prints it: numbers get six digits, as in Envoy. */
function shown(value: RuntimeValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : typeof value === "number" ? general(value) : JSON.stringify(value);
}

export const runtime: AdminEndpoint = {
  path: "/runtime", help: "print runtime values",
  answer: (_, state) => {
    const layers = state.runtimeLayers?.() ?? (state.bootstrap() === "" ? [] : runtimeLayersOf(JSON.parse(state.bootstrap()) as Bootstrap));
    const keys = [...new Set(layers.flatMap((layer) => [...layer.values.keys()]))].sort();
    const entries = Object.fromEntries(keys.map((key) => {
      const values = layers.map((layer) => layer.texts?.get(key) ?? shown(layer.values.get(key)));
      return [key, { layer_values: values, final_value: values.findLast((value) => value !== "") ?? "" }];
    }));
    return jsonAnswer({ entries, layers: layers.map((layer) => layer.name) });
  },
};

export const runtimeModify: AdminEndpoint = {
  path: "/runtime_modify", mutates: true,
  help: "Adds or modifies runtime values as passed in query parameters. To delete a previously added key, use an empty string as the value. Note that deletion only applies to overrides added via this endpoint; values loaded from disk can be modified via override but not deleted. E.g. ?key1=value1&key2=value2...",
  answer: ({ params }, state) => {
    if (params.size > 0) return state.modifyRuntime?.(new Map(params.entries())) === true ? textAnswer("OK\n") : textAnswer("No admin layer specified", 503);
    return textAnswer("usage: /runtime_modify?key1=value1&key2=value2&keyN=valueN\n       or send the parameters as form values\nuse an empty value to remove a previously added override", 400);
  },
};
