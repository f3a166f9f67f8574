/** What a simulation tells, plain JSON. */
import type { ChainStep } from "../downstream/filter-chain-match.ts";
import type { DomainRule } from "../router/host-lookup.ts";
import type { PreparationChange } from "./simulate-preparation.ts";
import type { RouteHeaderChange } from "./simulate-headers.ts";
import type { SimulatedRetries, SimulatedTimeouts } from "./simulate-words.ts";

/** Something with a name and, if it was read from a file, a place. */
export interface Named {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What becomes of the request. */
export type Result =
  | { readonly kind: "forward"; readonly cluster: string }
  | { readonly kind: "redirect"; readonly status: number; readonly location: string }
  | { readonly kind: "direct_response"; readonly status: number; readonly body: string; /** Of a redirection (201, 3xx). */ readonly location?: string }
  | { readonly kind: "no_route"; readonly status: 404; readonly reason: string }
  /** The connection manager, a filter or the router filter answers. */
  | { readonly kind: "rejected"; readonly status: number; readonly reason: string; readonly location?: string }
  /** The filter chain forwards bytes and knows no requests. */
  | { readonly kind: "tcp"; readonly cluster: string }
  /** The request never gets to a connection manager. */
  | { readonly kind: "closed"; readonly reason: string };

export interface SimulatedChain extends Named {
  /** No chain fits: it is the listener's `default_filter_chain`. */
  readonly by_default: boolean;
  /** What was compared, in Envoy's order; empty where no chain asks for anything. */
  readonly steps: readonly ChainStep[];
  /** The other chains, and the criterion at which each dropped out. */
  readonly others: readonly (Named & { readonly field: string; readonly because: string })[];
}

export interface FilterOverride {
  readonly level: string;
  readonly type: string;
  /** What it says; values that the API marks as sensitive are left out. */
  readonly config: object;
}

/** A filter of the connection manager, in order. */
export interface SimulatedFilter extends Named {
  /** `passed`: it was run and let the request through; `answered`: it was run and answered; `disabled`: a route switches it off; `not run`: it depends on more than the request; `not reached`: another one answered. */
  readonly did: "passed" | "answered" | "disabled" | "not run" | "not reached";
  /** The configurations of routes that are in force for it, least specific first. */
  readonly overrides: readonly FilterOverride[];
}

export interface SimulatedMirror {
  readonly cluster: string;
  readonly mirrored: boolean;
  /** Of a hundred requests. */
  readonly percent: number;
}

/** A descriptor that a rate limit filter would look up. */
export interface SimulatedDescriptor {
  readonly stage: number;
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  readonly hits: number;
}

export interface SimulatedEndpoint {
  readonly address: string | undefined;
  readonly words: string;
}

export interface MatchedHost extends Named {
  /** The domain that fits, and how; absent where the request has no host. */
  readonly domain?: string;
  readonly rule?: DomainRule;
}

export interface TriedRoute extends Named {
  readonly matched: boolean;
  /** Of a route that did not match: the first condition that failed, the compared value, and where the condition stands. */
  readonly condition?: string;
  readonly because?: string;
  readonly place?: Named;
}

/** How a weighted choice fell out. */
export interface SimulatedDraw {
  readonly random: string;
  readonly from: string;
  readonly value: number;
  readonly total: number;
  readonly shares: readonly { readonly cluster: string; readonly weight: number }[];
}

/** Everything about one simulated request, plain JSON. */
export interface Simulation {
  readonly listener: (Named & { readonly address?: string }) | undefined;
  readonly filter_chain: SimulatedChain | undefined;
  readonly route_table: Named | undefined;
  /** Of scoped routes: the scope whose table it is. */
  readonly scope: Named | undefined;
  /** Changes before routing. */
  readonly preparation: readonly PreparationChange[];
  readonly client: { readonly address: string; readonly internal: boolean } | undefined;
  readonly virtual_host: MatchedHost | undefined;
  readonly virtual_cluster: string;
  readonly route: Named | undefined;
  readonly result: Result;
  readonly draw: SimulatedDraw | undefined;
  /** As forwarded. */
  readonly path: string;
  readonly host: string;
  readonly request_headers: readonly RouteHeaderChange[];
  readonly response_headers: readonly RouteHeaderChange[];
  readonly timeouts: SimulatedTimeouts | undefined;
  readonly retries: SimulatedRetries | undefined;
  /** The hash of the request, as decimal text; absent without a hash policy, or where it yields none. */
  readonly hash: string | undefined;
  readonly endpoint: SimulatedEndpoint | undefined;
  readonly mirrors: readonly SimulatedMirror[];
  readonly rate_limits: readonly SimulatedDescriptor[];
  readonly filters: readonly SimulatedFilter[];
  /** Routes in the order in which they were asked. */
  readonly candidates: readonly TriedRoute[];
  readonly nearest_miss: TriedRoute | undefined;
  readonly hints: readonly string[];
  /** What a simulation cannot know. */
  readonly notes: readonly string[];
}
