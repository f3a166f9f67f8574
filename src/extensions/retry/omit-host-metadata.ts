/** A retry does not go to hosts that have all of certain values in their metadata under `envoy.lb`. */
import { defineExtension } from "../../contract/extension.ts";
import type { RetryHostPredicate } from "../../contract/retry-host.ts";
import type { Metadata } from "../../schema/generated/envoy/config/core/v3.ts";
import { answers, criteriaOf } from "../../upstream/subset-criteria.ts";

export const omitHostMetadata = defineExtension<"envoy.retry_host_predicates", { readonly metadata_match?: Metadata }>({
  category: "envoy.retry_host_predicates",
  name: "envoy.retry_host_predicates.omit_host_metadata",
  config: "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig",
  honours: { "envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig": ["metadata_match"] },
  compile: ({ metadata_match: match }) => {
    const criteria = criteriaOf(match?.filter_metadata?.["envoy.lb"] as Record<string, unknown> | undefined);
    const predicate: RetryHostPredicate = { attempted: () => undefined, rejects: (host) => criteria.length > 0 && answers(host, criteria, true) };
    return { open: () => () => predicate };
  },
});
