/** Checks of extensions that legate cannot run: what Envoy's factories reject. Adding one is its file, its test and a line here. */
import type { MessageCheck } from "../../contract/message-check.ts";

export const EXTENSION_CHECKS: readonly MessageCheck[] = [];
