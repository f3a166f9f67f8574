/** Internal redirects are followed only to the routes of a list. */
import { defineExtension } from "../../contract/extension.ts";
import type { AllowListedRoutesConfig } from "../../schema/generated/envoy/extensions/internal_redirect/allow_listed_routes/v3.ts";

export const allowListedRoutes = defineExtension<"envoy.internal_redirect_predicates", AllowListedRoutesConfig>({
  category: "envoy.internal_redirect_predicates",
  name: "envoy.internal_redirect_predicates.allow_listed_routes",
  config: "envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig",
  honours: { "envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig": ["allowed_route_names"] },
  compile(config) {
    const allowed = new Set(config.allowed_route_names ?? []);
    return { open: () => ({ accepts: ({ to }) => allowed.has(to) }) };
  },
});
