/** OAuth 2. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

const ENDPOINT = /^https?:\/\/[^/?#]+/;

export const HTTP_OAUTH2_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.oauth2.v3.OAuth2Config", (config, refuse) => {
    if (config.auth_type !== "TLS_CLIENT_AUTH" && config.credentials !== undefined && config.credentials.token_secret === undefined) {
      refuse(config.credentials, undefined, "token_secret is required unless auth_type is TLS_CLIENT_AUTH");
    }
    if (config.authorization_endpoint !== undefined && !ENDPOINT.test(config.authorization_endpoint)) refuse(config, "authorization_endpoint", `'${config.authorization_endpoint}' is not an absolute URL`);
    if (config.forward_bearer_token === true && config.preserve_authorization_header === true) refuse(config, "preserve_authorization_header", "forward_bearer_token and preserve_authorization_header cannot both be set");
    if ((config.end_session_endpoint ?? "") !== "" && !(config.auth_scopes ?? []).includes("openid")) refuse(config, "end_session_endpoint", "end_session_endpoint is for OpenID Connect: auth_scopes must hold openid");
  }),
];
