/** `early_header_mutation_extensions`: changes to a request before anything else looks at it (Envoy's EarlyHeaderMutation). */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileHeaderEdits, type HeaderEdits, honours as edits } from "../router/header-edits.ts";
import type { TypedExtensionConfig } from "../schema/generated/envoy/config/core/v3.ts";
import type { HeaderMutation } from "../schema/generated/envoy/extensions/http/early_header_mutation/header_mutation/v3.ts";

const HEADER_MUTATION = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation";

export const honours = { [HEADER_MUTATION]: ["mutations"], ...edits };

/** In the order in which they are applied. One that is not known is reported and left out. */
export function compileEarlyMutations(configs: readonly TypedExtensionConfig[] | undefined, diagnostics: Diagnostics): HeaderEdits[] {
  const found: HeaderEdits[] = [];
  for (const config of configs ?? []) {
    if (config.typed_config?.["@type"] === `type.googleapis.com/${HEADER_MUTATION}`) {
      found.push(compileHeaderEdits((config.typed_config as HeaderMutation).mutations, diagnostics));
    } else diagnostics.report({ code: "LGT0901", at: config, key: "typed_config", message: "legate changes headers early by header_mutation only" });
  }
  return found;
}
