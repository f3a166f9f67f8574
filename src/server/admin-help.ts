import { type AdminEndpoint, textAnswer } from "./admin-endpoint.ts";

/** Envoy's list of commands, in order of their paths. */
export function helpText(endpoints: readonly AdminEndpoint[]): string {
  let text = "admin commands are:\n";
  for (const { path, mutates, help, params = [] } of byPath(endpoints)) {
    text += `  ${path}${mutates === true ? " (POST)" : ""}: ${help}\n`;
    for (const { name, help: what, choices } of params) text += `      ${name}: ${what}${choices === undefined ? "" : `; One of (${choices.join(", ")})`}\n`;
  }
  return text;
}

export function byPath(endpoints: readonly AdminEndpoint[]): AdminEndpoint[] {
  return [...endpoints].sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function helpEndpoint(all: () => readonly AdminEndpoint[]): AdminEndpoint {
  return { path: "/help", help: "print out list of admin commands", answer: () => textAnswer(helpText(all())) };
}
