/** Every check of messages, those of the core and those of extensions. */
import type { CheckContext } from "../contract/message-check.ts";
import { EXTENSION_CHECKS } from "../extensions/checks/all.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import { MessageChecks } from "./check-messages.ts";

export const MESSAGE_CHECKS = new MessageChecks([...EXTENSION_CHECKS]);

/** What checks may know where the document has this bootstrap, or none. */
export function checkContext(bootstrap: Bootstrap | undefined, diagnostics: Diagnostics): CheckContext {
  const clusters = bootstrap?.static_resources?.clusters ?? [];
  return { diagnostics, bootstrap, clusters: new Map(clusters.map((cluster) => [cluster.name ?? "", cluster])) };
}
