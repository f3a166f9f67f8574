/** Filters between the router and the connection to the upstream: the codec filter stands last. */
import { checkFilterOrder } from "../../contract/filter-order.ts";
import { messageCheck, type MessageCheck } from "../../contract/message-check.ts";

export const UPSTREAM_FILTERS_CHECKS: readonly MessageCheck[] = [
  messageCheck("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", ({ http_filters: filters = [] }, { diagnostics }) => checkFilterOrder(filters, "http_filters", diagnostics)),
  messageCheck("envoy.extensions.filters.http.router.v3.Router", ({ upstream_http_filters: filters = [] }, { diagnostics }) => checkFilterOrder(filters, "upstream_http_filters", diagnostics)),
];
