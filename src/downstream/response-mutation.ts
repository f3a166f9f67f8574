/** What the connection manager does with every response before it is encoded (Envoy's `mutateResponseHeaders`). Pure. */
import { isUpgrade } from "../codec/http1-connection.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import {
  CONNECTION, CONTENT_LENGTH, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE, VIA, X_ENVOY_FORCE_TRACE, X_REQUEST_ID,
} from "../http/names.ts";
import { appendTo } from "./forwarded-for.ts";

export interface ResponseOptions {
  readonly via: string;
  readonly alwaysSetRequestId: boolean;
}

export function mutateResponse(headers: HeaderBlock, request: HeaderBlock, options: ResponseOptions): void {
  if (isUpgrade(headers) && isUpgrade(request)) {
    if (headers.status >= 200 && !headers.has(TRANSFER_ENCODING)) headers.setIfAbsent(CONTENT_LENGTH, "0");
  } else {
    headers.remove(CONNECTION);
    headers.remove(UPGRADE);
  }
  headers.remove(TRANSFER_ENCODING);
  headers.remove(PROXY_CONNECTION);
  if (options.alwaysSetRequestId || request.has(X_ENVOY_FORCE_TRACE)) {
    const id = request.get(X_REQUEST_ID);
    if (id !== null) headers.set(X_REQUEST_ID, id);
  }
  if (options.via !== "") appendTo(headers, VIA, options.via, ", ");
}

