/** The redirect of custom responses. */
import { messageCheck, type MessageCheck } from "../../contract/message-check.ts";
import { compileFormat } from "../../match/format/format-string.ts";

const URI = /^https?:\/\/[^/?#]+[^#]*$/;

export const HTTP_CUSTOM_RESPONSE_CHECKS: readonly MessageCheck[] = [
  messageCheck("envoy.extensions.http.custom_response.redirect_policy.v3.RedirectPolicy", ({ uri, redirect_action: action, ...policy }, { diagnostics }) => {
    const refuse = (at: object, key: string, message: string): void => diagnostics.report({ code: "LGT0406", at, key, message });
    if (uri !== undefined && !URI.test(uri)) refuse(policy, "uri", `'${uri}' is not an absolute URI`);
    if (action === undefined) return;
    for (const key of ["prefix_rewrite", "regex_rewrite"] as const) if (action[key] !== undefined) refuse(action, key, `${key} is not supported for custom responses`);
    if (action.path_redirect?.includes("#") === true) refuse(action, "path_redirect", "the path cannot have a fragment");
    if (action.path_rewrite !== undefined) compileFormat(action.path_rewrite, true, { at: action, key: "path_rewrite", diagnostics });
  }),
];
