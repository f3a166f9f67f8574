/** Internal redirects may change the scheme, but never from http to https. */
import { defineExtension } from "../../contract/extension.ts";

export const safeCrossScheme = defineExtension<"envoy.internal_redirect_predicates", object>({
  category: "envoy.internal_redirect_predicates",
  name: "envoy.internal_redirect_predicates.safe_cross_scheme",
  config: "envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig",
  honours: { "envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig": [] },
  compile: () => ({ open: () => ({ accepts: ({ downstreamIsHttps, targetIsHttps }) => downstreamIsHttps || !targetIsHttps }) }),
});
