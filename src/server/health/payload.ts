/** `HealthCheck.Payload`: the bytes that a check sends and looks for (api/envoy/config/core/v3/health_check.proto). */
import { Buffer } from "node:buffer";
import type { HealthCheck_Payload } from "../../schema/generated/envoy/config/core/v3.ts";

/** The bytes of a payload (`text` is hexadecimal), or null where the text is none or empty, which Envoy refuses. */
export function payloadBytes(payload: HealthCheck_Payload): Buffer | null {
  if (payload.text === undefined) return Buffer.from(payload.binary ?? "", "base64");
  return payload.text !== "" && /^([0-9a-fA-F]{2})+$/.test(payload.text) ? Buffer.from(payload.text, "hex") : null;
}

/** Whether the pieces stand in `data` one after the other, with anything around and between them. */
export function holdsInOrder(pieces: readonly Buffer[], data: Buffer): boolean {
  let from = 0;
  for (const piece of pieces) {
    const at = data.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}
