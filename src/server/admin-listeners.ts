import { type AdminEndpoint, jsonAnswer, textAnswer } from "./admin-endpoint.ts";
import { boundJson } from "./admin-address.ts";
import type { AdminState } from "./admin-state.ts";

export const listeners: AdminEndpoint = {
  path: "/listeners", help: "print listener info",
  params: [{ name: "format", help: "File format to use", choices: ["text", "json"] }],
  answer: ({ params }, state) => {
    const live = bound(state);
    if (params.get("format") !== "json") return textAnswer(live.flatMap(([name, addresses]) => addresses.map((address) => `${name}::${address}\n`)).join(""));
    if (live.length === 0) return jsonAnswer({});
    return jsonAnswer({ listener_statuses: live.map(([name, [first = "", ...more]]) => ({
      name, local_address: boundJson(first), ...(more.length > 0 ? { additional_local_addresses: more.map(boundJson) } : {}),
    })) });
  },
};

/** Names with their addresses, in the order of the configuration. */
function bound(state: AdminState): [string, readonly string[]][] {
  const addresses = state.bound();
  return state.resources().flatMap(({ resource: { type, name } }): [string, readonly string[]][] => {
    const own = type === "listener" ? addresses[name] : undefined;
    return own === undefined ? [] : [[name, own]];
  });
}
