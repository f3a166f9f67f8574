import type { HeaderChange, Named, SimulatedRequest, Simulation } from "./simulate.ts";

export interface SimulationText {
  readonly color: boolean;
  /** Show the routes that did not match, and why. */
  readonly explain: boolean;
}

/** What becomes of one request, for people. */
export function renderSimulation(request: SimulatedRequest, simulation: Simulation, { color, explain }: SimulationText): string {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines: string[] = [paint(1, `${request.method} ${request.scheme}://${request.host}${request.path}`)];
  const row = (label: string, text: string): void => {
    lines.push(`  ${paint(2, label.padEnd(15))}${text}`);
  };
  const named = (label: string, at: Named | undefined, nameless: string): void => {
    if (at !== undefined) row(label, `${at.name === "" ? nameless : at.name}${paint(2, placeOf(at))}`);
  };
  if (simulation.listener !== undefined) row("listener", simulation.listener === "" ? "(no name)" : simulation.listener);
  if (simulation.filter_chain !== undefined) row("filter chain", simulation.filter_chain);
  named("route table", simulation.route_table, "(no name)");
  named("virtual host", simulation.virtual_host, "(no name)");
  named("route", simulation.route, "(no name)");
  row("result", paint(simulation.result.kind === "no_route" ? 33 : 32, resultText(simulation)));
  if (simulation.result.kind === "forward") forwardRows(simulation, request, row);
  for (const change of simulation.response_headers) row("response", changeText(change));
  if (explain) for (const line of rejectedLines(simulation)) lines.push(line);
  return `${lines.join("\n")}\n`;
}

function forwardRows(simulation: Simulation, request: SimulatedRequest, row: (label: string, text: string) => void): void {
  if (simulation.path !== request.path) row("path", `${request.path} -> ${simulation.path}`);
  if (simulation.host !== request.host) row("host", `${request.host} -> ${simulation.host}`);
  for (const change of simulation.request_headers) row("request", changeText(change));
  row("timeout", milliseconds(simulation.timeout_ms ?? 0));
  if ((simulation.per_try_timeout_ms ?? 0) > 0) row("per try", milliseconds(simulation.per_try_timeout_ms ?? 0));
  if (simulation.retries !== undefined) row("retries", `${simulation.retries.count} on ${simulation.retries.on.join(", ")}`);
}

function resultText({ result }: Simulation): string {
  switch (result.kind) {
    case "forward": return `cluster ${result.cluster === "" ? "(none)" : result.cluster}`;
    case "redirect": return `redirect ${result.status} to ${result.location}`;
    case "direct_response": return `answer ${result.status}${result.body === "" ? "" : ` ${JSON.stringify(result.body.length > 60 ? `${result.body.slice(0, 57)}...` : result.body)}`}`;
    default: return `404: ${result.reason}`;
  }
}

function rejectedLines({ rejected }: Simulation): string[] {
  if (rejected.length === 0) return ["  No route before it failed to match."];
  return ["  Routes that did not match, in order:", ...rejected.map((route) => `    ${route.name === "" ? "(no name)" : route.name}${placeOf(route)}: ${route.condition}; ${route.because}`)];
}

function changeText({ op, name, value }: HeaderChange): string {
  return op === "removed" ? `- ${name}: ${value}` : `${op === "added" ? "+" : "="} ${name}: ${value}`;
}

function milliseconds(count: number): string {
  if (count === 0) return "none";
  return count % 1000 === 0 ? `${count / 1000} s` : `${count} ms`;
}

function placeOf({ file, line, column }: Named): string {
  return file === undefined ? "" : `  ${file}:${line}:${column}`;
}
