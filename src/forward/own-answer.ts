/** The reply of a route that answers by itself: redirect, direct response. */
import type { LocalReply } from "../contract/http-filter.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_TYPE, LOCATION } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { finaliseResponse, ownAnswer } from "../router/finalise.ts";
import type { RouteChoice } from "../router/route.ts";

/** May rewrite `:path`, as Envoy does. `view`: what format strings see, with these response headers. */
export function ownReply(choice: RouteChoice, headers: HeaderBlock, view: (response: HeaderBlock | null) => FormatContext, keepOriginals: boolean): LocalReply {
  const own = ownAnswer(choice, headers, view(null), keepOriginals);
  if (own === undefined) return { status: 503, body: "", details: "cluster_not_found" };
  return {
    status: own.status, body: own.body, details: "direct_response",
    modify: (response) => {
      if (own.location !== undefined) response.set(LOCATION, own.location);
      finaliseResponse(choice, response, view(response));
      if (own.body !== "" && own.contentType !== "text/plain") response.set(CONTENT_TYPE, own.contentType);
    },
  };
}
