/** The choice between the compressors of a chain by `accept-encoding` (RFC 9110, section 12.5.3; Envoy's chooseEncoding). */
import { decimalOf } from "../base/number-text.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CONTENT_TYPE } from "../http/names.ts";
import { withoutParameters } from "../http/tokens.ts";
import type { CompressibleTypes } from "./compressible.ts";

/** A compressor as the others of its chain know it. */
export interface ChainedCompressor {
  coding: string;
  /** Wins where several are wanted alike. */
  readonly first: boolean;
  readonly types: CompressibleTypes;
}

export interface EncodingChoice {
  readonly coding: string;
  readonly why: "compressor" | "identity" | "wildcard" | "not valid";
}

interface Wish {
  readonly coding: string;
  readonly quality: number;
}

const NOT_VALID: EncodingChoice = { coding: "identity", why: "not valid" };

function wishesOf(accepts: string): Wish[] {
  const wishes: Wish[] = [];
  for (const token of accepts.split(",")) {
    if (token === "") continue;
    const semicolon = token.indexOf(";");
    const parameter = semicolon < 0 ? "" : token.slice(semicolon + 1);
    const equals = parameter.indexOf("=");
    const asks = equals >= 0 && parameter.slice(0, equals).trim().toLowerCase() === "q";
    const quality = asks ? decimalOf(parameter.slice(equals + 1)) : 1;
    if (quality !== null) wishes.push({ coding: (semicolon < 0 ? token : token.slice(0, semicolon)).trim(), quality });
  }
  return wishes;
}

export function chooseEncoding(accepts: string, chain: readonly ChainedCompressor[], response: HeaderBlock): EncodingChoice {
  const type = withoutParameters(response.get(CONTENT_TYPE) ?? "");
  const allowed = new Map<string, boolean>();
  for (const { coding, first, types } of chain) if ((type === "" || types.has(type)) && !allowed.has(coding)) allowed.set(coding, first);
  const wishes = wishesOf(accepts);
  for (const { coding, quality } of wishes) if (quality === 0) allowed.delete(coding);
  const [registered] = allowed.keys();
  if (wishes.length === 0 || registered === undefined) return NOT_VALID;
  let choice: Wish = { coding: "identity", quality: 0 };
  for (const wish of wishes) {
    if (!allowed.has(wish.coding) && wish.coding !== "identity" && wish.coding !== "*") continue;
    if (wish.quality > choice.quality || (wish.quality === choice.quality && allowed.get(wish.coding) === true)) choice = wish;
  }
  if (choice.quality === 0) return NOT_VALID;
  if (choice.coding === "identity") return { coding: "identity", why: "identity" };
  return choice.coding === "*" ? { coding: registered, why: "wildcard" } : { coding: choice.coding, why: "compressor" };
}
