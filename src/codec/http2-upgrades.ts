/**
 * Upgrades between HTTP/1 and HTTP/2 (RFC 8441): inside the proxy an extended CONNECT is what HTTP/1 makes of it, a GET with
 * `upgrade` and `connection`. What goes out is changed in a copy: the stream's own headers are still to be logged.
 */
import type { HeaderBlock } from "../http/header-block.ts";
import { takeHeaders } from "../http/header-pool.ts";
import { CONNECTION, CONTENT_LENGTH, PROTOCOL, UPGRADE } from "../http/names.ts";
import { isUpgrade } from "./http1-connection.ts";

/** A received extended CONNECT becomes an upgrade. */
export function requestFromConnect(head: HeaderBlock): void {
  head.method = "GET";
  head.set(UPGRADE, head.protocol ?? "");
  head.set(CONNECTION, "upgrade");
  head.protocol = null;
  head.fieldOrder = withoutField(head.fieldOrder, PROTOCOL);
}

/** Takes one out of an order of pseudo headers. */
function withoutField(order: number, id: number): number {
  let left = 0;
  let at = 0;
  for (let rest = order; rest > 0; rest >>>= 4) if ((rest & 15) !== id) left |= (rest & 15) << (at++ * 4);
  return left;
}

/** A request as it is to be sent: an upgrade becomes an extended CONNECT, a CONNECT has no scheme and no path. Null: as it is. */
export function requestToConnect(head: HeaderBlock): HeaderBlock | null {
  if (head.has(UPGRADE) && isUpgrade(head)) {
    const copy = withoutUpgrade(head);
    copy.method = "CONNECT";
    copy.protocol = head.get(UPGRADE);
    return copy;
  }
  if (head.method !== "CONNECT") return null;
  const copy = takeHeaders(head.kind);
  copy.copyFrom(head);
  copy.scheme = copy.path = copy.protocol = null;
  return copy;
}

/** A response as it is to be sent: one that agrees to an upgrade is a 200. Null: as it is. */
export function responseToConnect(head: HeaderBlock): HeaderBlock | null {
  if (!head.has(UPGRADE) || !isUpgrade(head)) return null;
  const copy = withoutUpgrade(head);
  if (copy.status === 101) copy.status = 200;
  return copy;
}

/** The answer to an extended CONNECT becomes that to an upgrade. */
export function responseFromConnect(head: HeaderBlock, upgrade: string): void {
  if (head.status !== 200) return;
  head.status = 101;
  head.set(UPGRADE, upgrade);
  head.set(CONNECTION, "upgrade");
}

function withoutUpgrade(head: HeaderBlock): HeaderBlock {
  const copy = takeHeaders(head.kind);
  copy.copyFrom(head);
  copy.remove(UPGRADE);
  copy.remove(CONNECTION);
  if (copy.get(CONTENT_LENGTH) === "0") copy.remove(CONTENT_LENGTH);
  return copy;
}
