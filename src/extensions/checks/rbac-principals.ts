/** Principals of role-based access control. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const RBAC_PRINCIPAL_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.rbac.principals.mtls_authenticated.v3.Config", (config, refuse) => {
    if (config.san_matcher === undefined && config.any_validated_client_certificate !== true) refuse(config, undefined, "one of san_matcher and any_validated_client_certificate must be set");
  }),
];
