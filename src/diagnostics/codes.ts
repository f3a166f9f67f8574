import { BOOTSTRAP_CODES } from "./codes-bootstrap.ts";
import { CLUSTER_CODES } from "./codes-clusters.ts";
import { DECODE_CODES } from "./codes-decode.ts";
import { EXTENSION_CODES } from "./codes-extensions.ts";
import { FILE_CODES } from "./codes-files.ts";
import { LISTENER_CODES } from "./codes-listeners.ts";
import { ROUTE_CODES } from "./codes-routes.ts";
import { RULE_CODES } from "./codes-rules.ts";
import { SUPPORT_CODES } from "./codes-support.ts";
import { TEXT_CODES } from "./codes-text.ts";
import { UPGRADE_CODES } from "./codes-upgrade.ts";
import type { CodeEntry } from "./code-entry.ts";

/**
 * Every code of a finding. The hundreds: 00 files and usage, 01 YAML and JSON text, 02 decode, 03 field rules,
 * 04 extensions, 05 route tables, 06 listeners and HTTP connection manager, 07 clusters and endpoints, 08 bootstrap and
 * references, 09 known to Envoy but not done here, 10 lint, 11 upgrade from v2. A code never changes its meaning.
 */
export const CODES = {
  ...FILE_CODES,
  ...TEXT_CODES,
  ...DECODE_CODES,
  ...RULE_CODES,
  ...EXTENSION_CODES,
  ...ROUTE_CODES,
  ...LISTENER_CODES,
  ...CLUSTER_CODES,
  ...BOOTSTRAP_CODES,
  ...SUPPORT_CODES,
  ...UPGRADE_CODES,
} as const;

export type Code = keyof typeof CODES;

/** The table's row of a code. */
export function codeEntry(code: Code): CodeEntry {
  return CODES[code];
}

/** True for a text that is a code of the table. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
