/**
 * Heads and trailers of HTTP/2: gathers the fields of one block and judges the whole (RFC 9113 8.2 and 8.3, in the reading of Envoy's codec).
 * The fault that came first counts; what follows it is still decoded, for the sake of the HPACK table.
 */
import type { HeaderBlock } from "../http/header-block.ts";
import { giveHeaders, takeHeaders } from "../http/header-pool.ts";
import * as N from "../http/names.ts";
import type { FieldSink } from "./hpack-decoder.ts";
import type { HpackField } from "./hpack-field.ts";
import { FIELDS_TOO_LARGE, INVALID_FIELD, INVALID_MESSAGE, TOO_MANY_FIELDS, UNDERSCORE_FIELD, type MessageFault } from "./http2-faults.ts";
import type { Http2Options } from "./http2-options.ts";

const DIGITS = /^[0-9]{1,15}$/;

export class MessageReader implements FieldSink {
  readonly #options: Http2Options;
  readonly #server: boolean;
  #block: HeaderBlock | null = null;
  #trailers = false;
  /** A bit for each pseudo header that has come, by its id. */
  #pseudo = 0;
  /** Pseudo headers that have come. */
  #ordered = 0;
  #regular = false;
  #host = false;
  #cookies = "";
  #cookieCount = 0;
  #bytes = 0;
  #count = 0;
  /** The declared length of the body, -1: none. */
  length = -1;
  fault: MessageFault | undefined = undefined;
  /** Headers with an underscore that were dropped. */
  dropped = 0;

  constructor(options: Http2Options, server: boolean) {
    this.#options = options;
    this.#server = server;
  }

  /** Begins a block of that kind; `discard`: nobody wants it. */
  begin(kind: N.BlockKind, discard: boolean): void {
    this.abandon();
    this.#block = discard ? null : takeHeaders(kind);
    this.#trailers = kind === N.REQUEST_TRAILERS || kind === N.RESPONSE_TRAILERS;
    this.#pseudo = this.#ordered = 0;
    this.#regular = this.#host = false;
    this.#cookies = "";
    this.#bytes = this.#count = this.#cookieCount = 0;
    this.length = -1;
    this.fault = undefined;
    this.dropped = 0;
  }

  /** The block has ended: its headers, or null if it was to be discarded or `fault` says what is wrong. */
  end(): HeaderBlock | null {
    const block = this.#block;
    if (block === null) return null;
    if (this.fault === undefined && !this.#trailers && !this.#complete(block)) this.fault = INVALID_MESSAGE;
    if (this.fault !== undefined) {
      this.abandon();
      return null;
    }
    if (this.#cookieCount > 0) block.add(N.COOKIE, this.#cookies);
    this.#block = null;
    return block;
  }

  /** Lets go of a block that will not be whole. */
  abandon(): void {
    if (this.#block !== null) giveHeaders(this.#block);
    this.#block = null;
  }

  onField(field: HpackField): void {
    const block = this.#block;
    if (block === null || this.fault !== undefined) return;
    if (field.malformed) this.fault = INVALID_FIELD;
    else if (field.pseudo) this.#onPseudo(block, field);
    else {
      this.#regular = true;
      this.#onRegular(block, field);
    }
  }

  #onPseudo(block: HeaderBlock, field: HpackField): void {
    const { id } = field;
    const bit = 1 << id;
    const mine = this.#server ? id !== N.STATUS && (id !== N.PROTOCOL || this.#options.allowConnect) : id === N.STATUS;
    if (this.#trailers || this.#regular || (this.#pseudo & bit) !== 0 || !mine) {
      this.fault = INVALID_FIELD;
      return;
    }
    if (this.#server) block.fieldOrder |= id << (this.#ordered++ * 4);
    this.#pseudo |= bit;
    if (this.#within(field)) block.set(id, field.value);
  }

  #onRegular(block: HeaderBlock, field: HpackField): void {
    const { id, value } = field;
    if (id === N.TE && value !== "trailers") {
      // Envoy takes `Trailers` too, but does not send it on.
      if (value.toLowerCase() !== "trailers") this.fault = INVALID_FIELD;
      return;
    }
    if (id === N.CONTENT_LENGTH && !this.#takeLength(block, value)) return;
    else if (id === N.AUTHORITY && block.kind === N.REQUEST) return this.#onHost(block, field);
    else if (this.#underscored(field)) return;
    if (this.fault !== undefined || !this.#within(field)) return;
    if (id === N.COOKIE) {
      this.#cookies = this.#cookieCount++ === 0 ? value : `${this.#cookies}; ${value}`;
    } else if (id > 0) block.append(id, value);
    else block.addNamed(field.name, value);
  }

  /** `host` counts only where there is no `:authority`. */
  #onHost(block: HeaderBlock, field: HpackField): void {
    if (this.#host || field.value === "") this.fault = INVALID_FIELD;
    this.#host = true;
    if (this.fault === undefined && block.authority === null && this.#within(field)) block.authority = field.value;
  }

  /** Reads `content-length`. False: the header has been dealt with. */
  #takeLength(block: HeaderBlock, value: string): boolean {
    if (this.#trailers) return true;
    if (!this.#server) {
      if (block.status === 204) return false;
      if (block.status < 200) this.fault = INVALID_FIELD;
    }
    if (this.length >= 0 || !DIGITS.test(value)) this.fault = INVALID_FIELD;
    else this.length = Number(value);
    return this.fault === undefined;
  }

  #underscored({ name }: HpackField): boolean {
    const { underscores } = this.#options;
    if (underscores === "ALLOW" || !this.#server || !name.includes("_")) return false;
    if (underscores === "DROP_HEADER") this.dropped++;
    else this.fault = UNDERSCORE_FIELD;
    return true;
  }

  /** Counts a field against the limits. */
  #within({ name, value }: HpackField): boolean {
    this.#bytes += name.length + value.length;
    if (this.#bytes > this.#options.maxHeadersBytes) this.fault = FIELDS_TOO_LARGE;
    else if (++this.#count > this.#options.maxHeadersCount) this.fault = TOO_MANY_FIELDS;
    return this.fault === undefined;
  }

  #has(id: number): boolean {
    return (this.#pseudo & (1 << id)) !== 0;
  }

  /** Whether a head has what it must have, and nothing that it must not have. */
  #complete(block: HeaderBlock): boolean {
    if (!this.#server) return this.#has(N.STATUS);
    const connect = block.method === "CONNECT";
    if (connect && !this.#has(N.PROTOCOL)) {
      this.length = -1;
      return this.#has(N.AUTHORITY) && !this.#has(N.SCHEME) && !this.#has(N.PATH);
    }
    if (!this.#has(N.METHOD) || !this.#has(N.PATH) || !this.#has(N.SCHEME) || block.authority === null) return false;
    if (this.#has(N.PROTOCOL) && !(connect && this.#has(N.AUTHORITY))) return false;
    return pathIsSound(block);
  }
}

function pathIsSound({ scheme, path, method }: HeaderBlock): boolean {
  if (scheme?.toLowerCase() !== "http" && scheme?.toLowerCase() !== "https") return true;
  return path?.charCodeAt(0) === 47 || (method === "OPTIONS" && path?.charCodeAt(0) === 42);
}
