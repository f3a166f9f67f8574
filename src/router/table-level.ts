/** What a RouteConfiguration says for all its virtual hosts. */
import { nameId } from "../http/names.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { compileFilterConfigs } from "./filter-configs.ts";
import type { FilterConfigs } from "./filter-configs.ts";
import { compileRequestMutations, compileResponseMutations } from "./header-mutations.ts";
import type { HeaderMutations } from "./header-mutations.ts";
import { compileMirrorPolicies } from "./mirror-policy.ts";
import type { MirrorPolicy } from "./mirror-policy.ts";
import type { RouteContext } from "./route-context.ts";

export const honours = {
  "envoy.config.route.v3.RouteConfiguration": [
    "name", "virtual_hosts", "request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove",
    "most_specific_header_mutations_wins", "validate_clusters", "max_direct_response_body_size_bytes", "ignore_path_parameters_in_path_matching",
    "ignore_port_in_host_matching", "vhost_header", "typed_per_filter_config", "internal_only_headers", "metadata",
  ],
} as const;

const DEFAULT_BODY_LIMIT = 4096;

export interface TableLevel {
  readonly message: RouteConfiguration;
  readonly name: string;
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  /** True: the mutations of the route run last and win. */
  readonly mostSpecificWins: boolean;
  readonly ignorePathParameters: boolean;
  readonly bodyLimit: number;
  readonly validateClusters: boolean;
  readonly filterConfigs: FilterConfigs;
  readonly mirrors: readonly MirrorPolicy[];
  readonly internalOnlyHeaders: readonly number[];
}

export function compileTableLevel(message: RouteConfiguration, { diagnostics, validateClusters }: RouteContext): TableLevel {
  return {
    message,
    name: message.name ?? "",
    requestMutations: compileRequestMutations(message, diagnostics),
    responseMutations: compileResponseMutations(message, diagnostics),
    mostSpecificWins: message.most_specific_header_mutations_wins === true,
    ignorePathParameters: message.ignore_path_parameters_in_path_matching === true,
    bodyLimit: message.max_direct_response_body_size_bytes ?? DEFAULT_BODY_LIMIT,
    validateClusters: message.validate_clusters ?? validateClusters,
    filterConfigs: compileFilterConfigs(message.typed_per_filter_config, diagnostics),
    mirrors: compileMirrorPolicies(message.request_mirror_policies, diagnostics),
    internalOnlyHeaders: (message.internal_only_headers ?? []).map((name) => nameId(name)),
  };
}
