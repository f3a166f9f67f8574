/** Where many requests went: how many to each cluster, answer or refusal, and by which route. */
import { fromWire } from "../base/wire-text.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RouteChoice } from "../router/route.ts";
import type { Rejection } from "../downstream/request-preparation.ts";
import { forwardOr503, namedAt, type SimulatorFacts } from "./simulate.ts";
import type { Named, Result } from "./simulation.ts";

/** One line of the sum. */
export interface Destination {
  count: number;
  /** `cluster shop`, `redirect 301`, `answer 200`, `404`. */
  readonly words: string;
  readonly route: Named | undefined;
}

export class ReplayTally {
  readonly #origins: Origins;
  readonly #facts: Pick<SimulatorFacts, "clusters">;
  /** By the choice itself, which is one object where a route always chooses alike, or by words. */
  readonly #byChoice = new Map<RouteChoice, Destination>();
  readonly #byWords = new Map<string, Destination>();

  constructor(origins: Origins, facts: Pick<SimulatorFacts, "clusters">) {
    this.#origins = origins;
    this.#facts = facts;
  }

  verdict(choice: RouteChoice | null, rejection: Rejection | null): void {
    const known = choice === null ? undefined : this.#byChoice.get(choice);
    if (known !== undefined) known.count++;
    else this.#first(choice, rejection);
  }

  #first(choice: RouteChoice | null, rejection: Rejection | null): void {
    const words = choice === null ? (rejection === null ? "404, no route" : `${rejection.status} (${rejection.details})`) : choiceWords(choice, this.#facts);
    const route = choice?.route;
    const destination = this.#at(words, route?.message, route?.name ?? "");
    destination.count++;
    if (choice !== null && choice.entry === undefined && (route?.forward === undefined || route.forward.message.cluster !== undefined)) this.#byChoice.set(choice, destination);
  }

  /** What a whole simulation came to. */
  result(result: Result, choice: RouteChoice | null): void {
    this.#at(resultWords(result), choice?.route?.message, choice?.route?.name ?? "").count++;
  }

  #at(words: string, message: object | undefined, name: string): Destination {
    const route = message === undefined ? undefined : namedAt(this.#origins, message, name);
    const key = `${words}\n${route?.file ?? ""}\n${route?.line ?? ""}\n${name}`;
    const destination = this.#byWords.get(key) ?? { count: 0, words, route };
    this.#byWords.set(key, destination);
    return destination;
  }

  /** The most frequent first. */
  get destinations(): readonly Destination[] {
    return [...this.#byWords.values()].sort((a, b) => b.count - a.count);
  }
}

function choiceWords(choice: RouteChoice, facts: Pick<SimulatorFacts, "clusters">): string {
  if (choice.kind === "redirect") return `redirect ${choice.route?.redirect?.status ?? 301}`;
  if (choice.kind === "direct") return `answer ${choice.route?.direct?.status ?? 200}`;
  return resultWords(forwardOr503(choice, facts));
}

/** An outcome in few words; what differs from request to request (a location's path, a body) is not among them. */
export function resultWords(result: Result): string {
  switch (result.kind) {
    case "forward": return `cluster ${fromWire(result.cluster)}`;
    case "tcp": return `tcp cluster ${result.cluster}`;
    case "redirect": return `redirect ${result.status}`;
    case "direct_response": return `answer ${result.status}`;
    case "no_route": return "404, no route";
    case "closed": return `closed: ${result.reason}`;
    default: return `${result.status} (${result.reason})`;
  }
}
