/** The counters of the RBAC filters, of HTTP and of TCP (Envoy's ENFORCE_RBAC_FILTER_STATS and SHADOW_RBAC_FILTER_STATS). */
import { placeIn, statLayout } from "../../contract/stat-layout.ts";

export const ENFORCED = statLayout({ counters: ["allowed", "denied"] });
export const ALLOWED = placeIn(ENFORCED, "allowed");
export const DENIED = placeIn(ENFORCED, "denied");

export const SHADOW = statLayout({ counters: ["shadow_allowed", "shadow_denied"] });
export const SHADOW_ALLOWED = placeIn(SHADOW, "shadow_allowed");
export const SHADOW_DENIED = placeIn(SHADOW, "shadow_denied");
