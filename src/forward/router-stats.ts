/** The numbers of the router filter, under the manager's prefix `http.STAT_PREFIX.` (docs: http_filters/router_filter#statistics). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";

export const ROUTER_SHAPE = statLayout({
  counters: [
    "no_cluster", "no_route", "passthrough_internal_redirect_bad_location", "passthrough_internal_redirect_no_route",
    "passthrough_internal_redirect_predicate", "passthrough_internal_redirect_too_many_redirects",
    "passthrough_internal_redirect_unsafe_scheme", "rq_direct_response", "rq_overload_local_reply", "rq_redirect",
    "rq_reset_after_downstream_response_started", "rq_total",
  ],
});
export const NO_CLUSTER = placeIn(ROUTER_SHAPE, "no_cluster");
export const NO_ROUTE = placeIn(ROUTER_SHAPE, "no_route");
export const RQ_DIRECT_RESPONSE = placeIn(ROUTER_SHAPE, "rq_direct_response");
export const RQ_TOTAL = placeIn(ROUTER_SHAPE, "rq_total");
export const RQ_RESET_AFTER_RESPONSE = placeIn(ROUTER_SHAPE, "rq_reset_after_downstream_response_started");
export const REDIRECT_BAD_LOCATION = placeIn(ROUTER_SHAPE, "passthrough_internal_redirect_bad_location");
export const REDIRECT_NO_ROUTE = placeIn(ROUTER_SHAPE, "passthrough_internal_redirect_no_route");
export const REDIRECT_PREDICATE = placeIn(ROUTER_SHAPE, "passthrough_internal_redirect_predicate");
export const REDIRECT_TOO_MANY = placeIn(ROUTER_SHAPE, "passthrough_internal_redirect_too_many_redirects");
export const REDIRECT_UNSAFE_SCHEME = placeIn(ROUTER_SHAPE, "passthrough_internal_redirect_unsafe_scheme");
