import type { Extension } from "../../src/contract/extension.ts";
import { nameId } from "../../src/http/names.ts";
import { filterEntry } from "./filter-entry.ts";
import { FilterStage } from "./filter-stage.ts";

type Headers = readonly (readonly [string, string])[];

/** What one request came to: `200` from the upstream, or the local reply. */
export interface Run {
  readonly stage: FilterStage;
  readonly status: string;
  readonly body: string;
  readonly details: string;
  /** The request's head as the upstream got it; empty if it got none. */
  readonly sent: readonly string[];
}

/** One request without a body through one filter, answered 200 behind it. */
export function runFilter(extension: Extension<"envoy.filters.http">, config: object, headers: Headers = [], route?: object): Run {
  const stage = new FilterStage([filterEntry(extension, config)], 1_048_576, headers.filter(([name]) => !name.startsWith(":")));
  for (const [name, value] of headers) if (name.startsWith(":")) stage.requestHeaders.set(nameId(name), value);
  if (route !== undefined) stage.routeConfigs = { [extension.name]: route };
  stage.send([]);
  if (stage.request.ends === 1) stage.answer([]);
  const status = stage.response.head.find((line) => line.startsWith(":status"))?.slice(9) ?? "";
  return { stage, status, body: stage.response.body, details: stage.info.details, sent: stage.request.head };
}
