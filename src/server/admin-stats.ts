/** `/stats` and `/stats/prometheus`. */
import { toWire } from "../base/wire-text.ts";
import { compileRegex } from "../match/regex.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { jsonPieces } from "../stats/render-json.ts";
import { prometheusPieces } from "../stats/render-prometheus.ts";
import { type HistogramMode, type StatListed, type StatSelection, textPieces } from "../stats/render-text.ts";
import { type AdminAnswer, type AdminEndpoint, type AdminParam, type AdminRequest, JSON_TYPE, textAnswer } from "./admin-endpoint.ts";
import type { AdminParams } from "./admin-params.ts";
import type { AdminState } from "./admin-state.ts";
import { type StatsConfig, statsConfig } from "./stats-config.ts";

const USED_ONLY: AdminParam = { name: "usedonly", flag: true, help: "Only include stats that have been written by system since restart" };
const FILTER: AdminParam = { name: "filter", help: "Regular expression (Google re2) for filtering stats" };
const INVERT: AdminParam = { name: "invert_filter", flag: true, help: "Invert the filter regex" };

export const stats: AdminEndpoint = {
  path: "/stats", help: "print server stats",
  params: [
    USED_ONLY, FILTER, INVERT,
    { name: "format", help: "Format to use", choices: ["html", "active-html", "text", "json"] },
    { name: "type", help: "Stat types to include.", choices: ["All", "Counters", "Histograms", "Gauges", "TextReadouts"] },
    { name: "histogram_buckets", help: "Histogram bucket display mode", choices: ["cumulative", "disjoint", "detailed", "summary"] },
  ],
  answer: (request, state) => answerStats(request, state, request.params.get("format")),
};

export const prometheus: AdminEndpoint = {
  path: "/stats/prometheus", help: "print server stats in prometheus format",
  params: [
    USED_ONLY,
    { name: "text_readouts", flag: true, help: "Render text_readouts as new gaugues with value 0 (increases Prometheus data size)" },
    FILTER, INVERT,
    { name: "histogram_buckets", help: "Histogram bucket display mode", choices: ["cumulative", "summary"] },
  ],
  answer: (request, state) => answerStats(request, state, "prometheus"),
};

const EVERY_KIND: ReadonlySet<StatListed> = new Set(["counter", "gauge", "histogram", "text"]);
const KINDS: Readonly<Record<string, ReadonlySet<StatListed>>> = {
  All: EVERY_KIND, Counters: new Set(["counter"]), Gauges: new Set(["gauge"]), Histograms: new Set(["histogram"]),
  TextReadouts: new Set(["text"]),
};
const MODES: Readonly<Record<string, HistogramMode | "native">> = {
  "": "summary", cumulative: "cumulative", disjoint: "disjoint", detailed: "detailed", summary: "summary", none: "summary", prometheusnative: "native",
};

function answerStats({ params }: AdminRequest, state: AdminState, format: string): AdminAnswer {
  const config = configOf(state);
  const asked = readSelection(params, config);
  if ("refused" in asked) return textAnswer(asked.refused, 400);
  const { selection, mode } = asked;
  state.measure();
  switch (format) {
    case "prometheus": return prometheusAnswer(params, state, config, selection);
    case "html": return textAnswer("HTML output was disabled by building with --define=admin_html=disabled", 400);
    case "active-html": return textAnswer("Active HTML output was disabled by building with --define=admin_html=disabled", 400);
    case "": case "text": case "json": break;
    default: return textAnswer("usage: /stats?format=(html|active-html|json|prometheus|text)\n\n", 400);
  }
  if (mode === "native") return textAnswer("Invalid histogram_buckets type for non prometheus stats type", 400);
  if (config.flushOnAdmin) state.stats.flush();
  if (format === "json") return { status: 200, type: JSON_TYPE, body: jsonPieces(state.stats, selection, mode) };
  return textAnswer(textPieces(state.stats, selection, mode));
}

/** All kinds, whatever was asked for. */
function prometheusAnswer(params: AdminParams, state: AdminState, config: StatsConfig, asked: StatSelection): AdminAnswer {
  const selection = { ...asked, kinds: EVERY_KIND };
  const mode = params.get("histogram_buckets");
  if (mode !== "" && mode !== "cumulative" && mode !== "summary" && mode !== "none") return textAnswer("unsupported prometheus histogram bucket mode", 400);
  if (config.flushOnAdmin) state.stats.flush();
  return textAnswer(prometheusPieces(state.stats, config.tags, selection, mode === "summary" ? "summary" : "cumulative"));
}

/** What a connection manager and a listener count, and Envoy does not for its admin server. */
const NOT_KEPT = /^(?:http\.admin\.tracing\.|listener\.admin\.(?:network_)?extension_config_missing$)/;

/** The parameters that all formats share, refused in Envoy's order and words. */
function readSelection(params: AdminParams, config: StatsConfig): { selection: StatSelection; mode: HistogramMode | "native" } | { refused: string } {
  const pattern = params.get("filter");
  const regex = pattern === "" ? undefined : compileRegex(pattern);
  if (regex !== undefined && "message" in regex) return { refused: `Invalid re2 regex: ${regex.message}` };
  const mode = MODES[params.get("histogram_buckets")];
  if (mode === undefined) return { refused: "usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n" };
  const type = params.get("type");
  const kinds = KINDS[type === "" ? "All" : type];
  if (kinds === undefined) return { refused: "invalid &type= param" };
  if (!["", "include", "only", "exclude"].includes(params.get("hidden"))) return { refused: "usage: /stats?hidden=(include|only|exclude)\n\n" };
  const inverted = params.has("invert_filter");
  const hiddenOnly = params.get("hidden") === "only";
  const filter = (name: string): boolean => !hiddenOnly && !NOT_KEPT.test(name) && (regex === undefined || regex.matchesWithin(toWire(name)) !== inverted);
  return { selection: { usedOnly: params.has("usedonly"), kinds, filter, bounds: config.bounds }, mode };
}

const CONFIGS = new WeakMap<AdminState, { text: string; config: StatsConfig }>();

/** Compiled anew when the bootstrap is another one. */
function configOf(state: AdminState): StatsConfig {
  const text = state.bootstrap();
  const known = CONFIGS.get(state);
  if (known?.text === text) return known.config;
  const config = statsConfig(text === "" ? {} : (JSON.parse(text) as Bootstrap), state.options.statsTags);
  CONFIGS.set(state, { text, config });
  return config;
}
