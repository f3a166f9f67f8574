/** `/config_dump`: all of the configuration, or one list of it, whole or by a field mask. */
import { toWire } from "../base/wire-text.ts";
import { compileRegex } from "../match/regex.ts";
import { V3 } from "../schema/table.ts";
import { type AdminAnswer, type AdminEndpoint, PLAIN, jsonAnswer } from "./admin-endpoint.ts";
import type { AdminState } from "./admin-state.ts";
import { CONFIG_PARTS, type ConfigPart } from "./config-dumps.ts";
import { type JsonMap, maskPaths, trimMessage, trimResource } from "./field-mask.ts";

export const configDump: AdminEndpoint = {
  path: "/config_dump", help: "dump current Envoy configs",
  params: [
    { name: "resource", help: "The resource to dump" },
    { name: "mask", help: "The mask to apply. When both resource and mask are specified, the mask is applied to every element in the desired repeated field so that only a subset of fields are returned. The mask is parsed as a Protobuf::FieldMask" },
    { name: "name_regex", help: "Dump only the currently loaded configurations whose names match the specified regex. Can be used with both resource and mask query parameters." },
    { name: "include_eds", flag: true, help: "Dump currently loaded configuration including EDS. See the response definition for more information" },
  ],
  answer: ({ params }, state) => {
    const pattern = params.get("name_regex");
    const regex = pattern === "" ? undefined : compileRegex(pattern);
    if (regex !== undefined && "message" in regex) return { status: 400, type: PLAIN, body: `INVALID_ARGUMENT: Error while parsing name_regex from ${pattern}: ${regex.message}` };
    const named = (name: string): boolean => regex === undefined || regex.fullMatch(toWire(name));
    const endpoints = params.has("include_eds") && state.resources().some(({ resource }) => resource.type === "cluster");
    const parts = CONFIG_PARTS.filter((part) => endpoints || !part.type.endsWith(".EndpointsConfigDump"));
    const [resource, mask] = [params.get("resource"), params.get("mask")];
    return resource === "" ? dumpAll(parts, mask, state, named) : dumpList(parts, resource, mask, state, named);
  },
};

type Named = (name: string) => boolean;

/** A mask that a kind of configuration has no place for leaves that kind out. */
function dumpAll(parts: readonly ConfigPart[], mask: string, state: AdminState, named: Named): AdminAnswer {
  const configs: object[] = [];
  for (const { type, make } of parts) {
    const message = make(state, named);
    const kept = mask === "" ? message : trimMessage(type, message, maskPaths(mask));
    if (kept !== undefined) configs.push({ "@type": urlOf(type), ...kept });
  }
  if (configs.length === 0 && mask !== "") return refusal(400, `FieldMask ${mask} could not be successfully applied to any configs.`);
  return dump(configs);
}

function dumpList(parts: readonly ConfigPart[], resource: string, mask: string, state: AdminState, named: Named): AdminAnswer {
  for (const { type, make } of parts) {
    const field = V3.message(type)?.byName.get(resource);
    if (field === undefined || field.name !== resource) continue;
    if (!field.list) return refusal(400, `${resource} is not a repeated field. Use ?mask=${resource} to get only this field`);
    const items = (make(state, named)[resource] ?? []) as readonly JsonMap[];
    const kept = mask === "" ? items : items.map((item) => trimResource(field.type ?? "", item, maskPaths(mask)));
    if (kept.some((item) => item === undefined)) return refusal(400, `FieldMask ${debugText(maskPaths(mask))} could not be successfully used.`);
    return dump(kept.map((item) => ({ "@type": urlOf(field.type ?? ""), ...item })));
  }
  return refusal(404, `${resource} not found in config dump`);
}

function dump(configs: readonly object[]): AdminAnswer {
  return jsonAnswer(configs.length === 0 ? {} : { configs });
}

function urlOf(type: string): string {
  return `type.googleapis.com/${type}`;
}

/** Envoy adds the header here, and once more as to every answer. */
function refusal(status: number, body: string): AdminAnswer {
  return { status, type: PLAIN, headers: [["x-content-type-options", "nosniff"]], body };
}

/** As protobuf prints a message for people who debug; it varies the spaces so that nobody parses it. */
function debugText(paths: readonly string[]): string {
  return `goo.gle/debugproto    \n${paths.map((path) => `paths: ${JSON.stringify(path)}\n`).join("")}`;
}
