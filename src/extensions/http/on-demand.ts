/** Asks the management server for what a request needs and is not there yet. Where routes and clusters are all given, there is nothing to ask, and requests pass. */
import { defineExtension } from "../../contract/extension.ts";
import type { HttpFilter } from "../../contract/http-filter.ts";
import type { OnDemand, PerRouteConfig } from "../../schema/generated/envoy/extensions/filters/http/on_demand/v3.ts";

const PACKAGE = "envoy.extensions.filters.http.on_demand.v3";
const PASSES: HttpFilter = {};

export const onDemand = defineExtension<"envoy.filters.http", OnDemand, PerRouteConfig>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.on_demand",
  config: `${PACKAGE}.OnDemand`,
  offline: true,
  honours: { [`${PACKAGE}.OnDemand`]: [], [`${PACKAGE}.PerRouteConfig`]: [] },
  compile: () => ({ open: () => () => PASSES }),
  routeType: `${PACKAGE}.PerRouteConfig`,
  compileRoute: () => null,
});
