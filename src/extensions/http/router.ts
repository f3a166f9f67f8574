/** The router: forwards what no filter before it has answered. */
import { defineExtension } from "../../contract/extension.ts";
import { compileRouter, openRouter } from "../../forward/router-filter.ts";
import type { Router } from "../../schema/generated/envoy/extensions/filters/http/router/v3.ts";

export const router = defineExtension<"envoy.filters.http", Router>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.router",
  config: "envoy.extensions.filters.http.router.v3.Router",
  honours: { "envoy.extensions.filters.http.router.v3.Router": ["suppress_envoy_headers", "respect_expected_rq_timeout", "strict_check_headers", "dynamic_stats=true"] },
  terminal: true,
  compile(config, context) {
    const plan = compileRouter(config, context);
    return { open: (env) => openRouter(plan, env) };
  },
});
