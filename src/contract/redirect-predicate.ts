/** Whether an internal redirect may be followed: what extensions of category `envoy.internal_redirect_predicates` open to. */

/** The redirect in question. */
export interface InternalRedirect {
  /** The name of the route that was redirected, and of the one it leads to; "" when it has none. */
  readonly from: string;
  readonly to: string;
  readonly downstreamIsHttps: boolean;
  readonly targetIsHttps: boolean;
  /** What predicates remember from one hop of the request to the next. */
  readonly memory: Map<string, unknown>;
}

export interface RedirectPredicate {
  accepts(redirect: InternalRedirect): boolean;
}
