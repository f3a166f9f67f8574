/** Internal redirects of one route lead to each other route once: no circles. */
import { defineExtension } from "../../contract/extension.ts";

const MEMORY = "envoy.internal_redirect.previous_routes_predicate_state.";

export const previousRoutes = defineExtension<"envoy.internal_redirect_predicates", object>({
  category: "envoy.internal_redirect_predicates",
  name: "envoy.internal_redirect_predicates.previous_routes",
  config: "envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig",
  honours: { "envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig": [] },
  compile: () => ({
    open: () => ({
      accepts({ from, to, memory }) {
        const seen = memory.get(MEMORY + from);
        const routes = seen instanceof Set ? seen : new Set();
        memory.set(MEMORY + from, routes);
        if (routes.has(to)) return false;
        routes.add(to);
        return true;
      },
    }),
  }),
});
