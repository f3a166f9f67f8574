/** What becomes of one request, for people. */
import { placeText } from "../diagnostics/report.ts";
import { displayText } from "../diagnostics/display.ts";
import type { RouteHeaderChange, HeaderChange } from "./simulate-headers.ts";
import type { MatchedHost, Named, SimulatedFilter, Simulation, TriedRoute } from "./simulation.ts";
import type { SimulatedRequest } from "./simulated-request.ts";

export interface SimulationText {
  readonly color: boolean;
  /** Show the routes that were asked, and why they did not match. */
  readonly explain: boolean;
}

type Paint = (code: number, text: string) => string;
type Row = readonly [string, string];

const LABEL = 15;

export function renderSimulation(request: SimulatedRequest, simulation: Simulation, { color, explain }: SimulationText): string {
  const paint: Paint = (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const rows: Row[] = [
    ...whereRows(simulation, paint, explain), ...preparationRows(simulation), ...routeRows(simulation, paint), ...filterRows(simulation),
    ["result", paint(isAnswer(simulation) ? 32 : 33, resultText(simulation))],
    ...drawRows(simulation), ...forwardRows(request, simulation),
    ...simulation.response_headers.map((change): Row => ["response", routeChange(change)]),
    ...missRows(simulation, paint), ...simulation.hints.map((hint): Row => ["hint", hint]), ...simulation.notes.map((note): Row => ["note", note]),
  ];
  const head = paint(1, displayText(`${request.method} ${request.scheme}://${request.host}${request.path ?? ""}`));
  const lines = [head, ...rows.map(([label, text]) => `  ${paint(2, label.padEnd(LABEL))}${displaySafe(text)}`), ...(explain ? triedLines(simulation, paint) : [])];
  return `${lines.join("\n")}\n`;
}

/** Colours are ours, all other controls are not. */
function displaySafe(text: string): string {
  return text.split(/(\u001b\[\d+m)/).map((part, at) => (at % 2 === 1 ? part : displayText(part))).join("");
}

function isAnswer({ result }: Simulation): boolean {
  return result.kind !== "no_route" && result.kind !== "rejected" && result.kind !== "closed";
}

function nameAndPlace(at: Named, paint: Paint): string {
  const place = at.file === undefined ? "" : paint(2, `  ${placeText(at)}`);
  return `${at.name === "" ? "(no name)" : at.name}${place}`;
}

/** Chains shown with a connection that found none, unasked. */
const SHOWN_CHAINS = 5;

function whereRows({ listener, filter_chain: chain, route_table: table, scope, result }: Simulation, paint: Paint, explain: boolean): Row[] {
  const address = listener?.address === undefined ? "" : ` (${listener.address})`;
  return [
    ...(listener === undefined ? [] : [["listener", `${listener.name === "" ? "(no name)" : listener.name}${address}${listener.file === undefined ? "" : paint(2, `  ${placeText(listener)}`)}`] as const]),
    ...(chain === undefined ? [] : [["filter chain", `${nameAndPlace(chain, paint)}${chainRule(chain)}`] as const, ...(explain ? chainRows(chain, paint) : result.kind === "closed" ? chainRows(chain, paint).slice(0, SHOWN_CHAINS) : [])]),
    ...(scope === undefined ? [] : [["scope", nameAndPlace(scope, paint)] as const]),
    ...(table === undefined ? [] : [["route table", nameAndPlace(table, paint)] as const]),
  ];
}

function chainRule({ by_default: byDefault, steps }: NonNullable<Simulation["filter_chain"]>): string {
  const ending = steps.find(({ taken }) => taken === undefined);
  if (byDefault) return ending === undefined ? ", because no other fits" : `, because no chain has ${ending.field} for ${ending.value}`;
  return steps.length === 0 ? "" : `, because ${steps.map(({ field, value, taken }) => (taken === "any" ? `any ${field} will do` : `${field} ${taken ?? ""} fits ${value}`)).join(", ")}`;
}

function chainRows({ others }: NonNullable<Simulation["filter_chain"]>, paint: Paint): Row[] {
  return others.map((other): Row => ["", `${paint(33, "not")} ${nameAndPlace(other, paint)}: ${other.field}: ${other.because}`]);
}

const DID = { "not reached": "is not reached", passed: "lets it pass", answered: "answers", disabled: "is switched off", "not run": "is not run here: it may answer first, or change the request" } as const;

function filterRows({ filters }: Simulation): Row[] {
  return filters.map((filter): Row => ["filter", `${filter.name} ${DID[filter.did]}${overrideText(filter)}`]);
}

function overrideText({ overrides }: SimulatedFilter): string {
  return overrides.length === 0 ? "" : `, with the configuration of the ${overrides.map(({ level, type }) => `${level} (${type})`).join(", ")}`;
}

function preparationRows({ preparation, client }: Simulation): Row[] {
  const internal = client?.internal === true ? [["client", `${client.address}, internal`] as const] : [];
  return [...internal, ...preparation.map((change): Row => ["before routing", `${changeText(change)}  (${change.by})`])];
}

function routeRows({ virtual_host: host, virtual_cluster: cluster, route }: Simulation, paint: Paint): Row[] {
  return [
    ...(host === undefined ? [] : [["virtual host", `${nameAndPlace(host, paint)}${ruleText(host)}`] as const]),
    ...(cluster === "" ? [] : [["virtual cluster", cluster] as const]),
    ...(route === undefined ? [] : [["route", nameAndPlace(route, paint)] as const]),
  ];
}

const RULES = { exact: "is the host", suffix: "fits the end of the host", prefix: "fits the beginning of the host", any: "fits every host" } as const;

function ruleText({ domain, rule }: MatchedHost): string {
  return domain === undefined || rule === undefined ? "" : `, because ${domain} ${RULES[rule]}`;
}

const LONGEST_BODY = 60;

function resultText({ result }: Simulation): string {
  switch (result.kind) {
    case "forward": return `cluster ${result.cluster}`;
    case "tcp": return `cluster ${result.cluster}, as bytes: the filter chain is a tcp_proxy and knows no requests`;
    case "closed": return result.reason;
    case "redirect": return `redirect ${result.status} to ${result.location}`;
    case "direct_response": return `answer ${result.status}${result.location === undefined ? "" : ` to ${result.location}`}${result.body === "" ? "" : ` ${JSON.stringify(result.body.length > LONGEST_BODY ? `${result.body.slice(0, LONGEST_BODY - 3)}...` : result.body)}`}`;
    case "rejected": return `${result.status}${result.location === undefined ? "" : ` to ${result.location}`}: ${result.reason}`;
    default: return `404: ${result.reason}`;
  }
}

function drawRows({ draw }: Simulation): Row[] {
  if (draw === undefined) return [];
  const shares = draw.shares.map(({ cluster, weight }) => `${cluster} ${weight}`).join(", ");
  return [["drawn", `${draw.random} % ${draw.total} = ${draw.value} (${draw.from}) among ${shares}`]];
}

function forwardRows(request: SimulatedRequest, { result, path, host, request_headers: headers, timeouts, retries, hash, endpoint, mirrors, rate_limits: limits }: Simulation): Row[] {
  if (result.kind !== "forward") return [];
  return [
    ...(path === (request.path ?? "") ? [] : [["path", `${request.path ?? ""} -> ${path}`] as const]),
    ...(host === request.host ? [] : [["host", `${request.host} -> ${host}`] as const]),
    ...headers.map((change): Row => ["request", routeChange(change)]),
    ...(timeouts === undefined ? [] : [["timeout", timeouts.words] as const]),
    ["retries", retries?.words ?? "none"],
    ...(hash === undefined ? [] : [["hash", hash] as const]),
    ...(endpoint === undefined ? [] : [["endpoint", `${endpoint.address === undefined ? "" : `${endpoint.address}, `}${endpoint.words}`] as const]),
    ...limits.map(({ stage, entries, hits }): Row => ["rate limit", `${entries.map(({ key, value }) => `${key}=${value}`).join(", ")}${stage === 0 ? "" : `, stage ${stage}`}${hits === 1 ? "" : `, ${hits} hits`}`]),
    ...mirrors.map((mirror): Row => ["mirror", `${mirror.cluster === "" ? "none" : mirror.cluster}, ${mirror.percent === 100 ? "every request" : `${mirror.percent} % of the requests${mirror.mirrored ? ", this one too" : ", not this one"}`}`]),
  ];
}

function missRows({ nearest_miss: miss }: Simulation, paint: Paint): Row[] {
  return miss === undefined ? [] : [["nearest miss", `${nameAndPlace(miss, paint)}: wanted ${miss.condition ?? ""}; ${miss.because ?? ""}`]];
}

function triedLines({ candidates }: Simulation, paint: Paint): string[] {
  if (candidates.length === 0) return [];
  return ["  Routes in the order in which they were asked:", ...candidates.map((tried) => `    ${displaySafe(triedText(tried, paint))}`)];
}

function triedText(tried: TriedRoute, paint: Paint): string {
  if (tried.matched) return `${paint(32, "yes")} ${nameAndPlace(tried, paint)}`;
  const place = tried.place?.file === undefined ? "" : paint(2, `  ${placeText(tried.place)}`);
  return `${paint(33, "no ")} ${nameAndPlace(tried, paint)}: wanted ${tried.condition ?? ""}; ${tried.because ?? ""}${place}`;
}

function routeChange(change: RouteHeaderChange): string {
  return `${changeText(change)}${change.level === "" ? "" : `  (${change.level})`}`;
}

function changeText({ op, name, value, before }: HeaderChange): string {
  if (op === "changed") return `~ ${name}: ${before ?? ""} -> ${value}`;
  return `${op === "removed" ? "-" : "+"} ${name}: ${value}`;
}
