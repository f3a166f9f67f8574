/** External authorization over HTTP: where the service is asked, and which list of headers holds. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_EXT_AUTHZ_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.ext_authz.v3.HttpService", (service, refuse) => {
    const { path_prefix: prefix = "", path_override: override = "" } = service;
    if (prefix !== "" && !prefix.startsWith("/")) refuse(service, "path_prefix", 'path_prefix must start with "/"');
    if (override !== "" && !override.startsWith("/")) refuse(service, "path_override", 'path_override must start with "/"');
    if (prefix !== "" && override !== "") refuse(service, "path_override", "only one of path_prefix and path_override may be set");
  }),
  refusals("LGT0406", "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", (config, refuse) => {
    if (config.allowed_headers !== undefined && config.http_service?.authorization_request?.allowed_headers !== undefined) refuse(config, "allowed_headers", "allowed_headers stands here and in authorization_request");
  }),
];
