/**
 * Header lines as Envoy's parser (Balsa) reads them, for heads that are not plainly right: obs-fold is joined, a line may
 * end in a bare LF, a CR inside a value vanishes, and each fault gets Envoy's answer. Nothing is decided before the whole
 * head is there, because Envoy looks at all of it first.
 */
import type { Buffer } from "node:buffer";
import { LOOSE, SET, type HeaderBlock } from "../http/header-block.ts";
import { latin1 } from "../http/latin1.ts";
import { OriginalNames, PROPER_CASE } from "../http/name-format.ts";
import {
  CONTENT_LENGTH, HOST, idOfBytes, isInline, REQUEST, REQUEST_TRAILERS, RESPONSE, RESPONSE_TRAILERS, TOKEN, TRANSFER_ENCODING,
} from "../http/names.ts";
import { CODEC_ERROR, INVALID_CHARACTERS, TOO_MANY_HEADERS, UNEXPECTED_UNDERSCORE, type CodecError } from "./codec-error.ts";
import { COLON, CR, LF, SPACE, TAB, VALUE } from "./http1-bytes.ts";
import { BAD_LENGTH, FAILED, INCOMPLETE, joinAuthority, NO_LENGTH, parseLength, type Fields } from "./http1-fields.ts";
import type { LineOptions } from "./http1-options.ts";

/** The position after the empty line that ends the lines from `at`, or INCOMPLETE. */
export function findFieldsEnd(b: Buffer, at: number, end: number): number {
  for (let line = at; line < end; ) {
    const lf = b.indexOf(LF, line);
    if (lf < 0 || lf >= end) return INCOMPLETE;
    if (lf === line || (lf === line + 1 && b[line] === CR)) return lf + 1;
    line = lf + 1;
  }
  return INCOMPLETE;
}

/**
 * Reads all lines of `b[at, end)` afresh into the emptied block; `from` is where the head begins (first line included).
 * Returns the position after the empty line, INCOMPLETE, or FAILED with `fields.error`.
 */
export function readOddFields(b: Buffer, from: number, at: number, end: number, block: HeaderBlock, fields: Fields, options: LineOptions): number {
  const stop = findFieldsEnd(b, at, end);
  if (stop === INCOMPLETE) return INCOMPLETE;
  fields.begin(at);
  if (options.preserveCase !== undefined && block.kind <= RESPONSE) rememberNames(b, at, stop, block, options.preserveCase);
  fields.error = checkBytes(b, from, stop) ?? readLines(b, at, stop, block, fields, options);
  return fields.error === undefined ? stop : FAILED;
}

/** Before names become lower case: whatever stands before the first colon of a line is a name, or the head will be refused. */
function rememberNames(b: Buffer, at: number, stop: number, block: HeaderBlock, others: "DEFAULT" | "PROPER_CASE"): void {
  const names = new OriginalNames(others === "PROPER_CASE" ? PROPER_CASE : undefined);
  for (const line of latin1(b, at, stop).split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.charCodeAt(0) > SPACE) names.remember(line.slice(0, colon));
  }
  block.format = names;
}

function checkBytes(b: Buffer, from: number, stop: number): CodecError | undefined {
  for (let i = from; i < stop; i++) {
    const c = b[i] as number;
    if (VALUE[c] === 0 && c !== CR && c !== LF) return INVALID_CHARACTERS;
  }
  return undefined;
}

interface Line { name: number; nameEnd: number; value: number; valueEnd: number; hash: number }

function readLines(b: Buffer, at: number, stop: number, block: HeaderBlock, fields: Fields, options: LineOptions): CodecError | undefined {
  const lines: Line[] = [];
  const last = b[stop - 2] === CR ? stop - 2 : stop - 1;
  for (let start = at; start < last; ) {
    let next = b.indexOf(LF, start) + 1;
    while (next < last && (b[next] as number) <= SPACE) {
      if (b[next] !== SPACE && b[next] !== TAB) return CODEC_ERROR;
      next = b.indexOf(LF, next) + 1;
    }
    const line = splitLine(b, start, next);
    if (line === undefined) return CODEC_ERROR;
    lines.push(line);
    start = next;
  }
  if (block.kind <= 1) {
    const error = frameLines(b, lines, fields);
    if (error !== undefined) return error;
  }
  return addLines(b, lines, block, fields, options);
}

/** Finds name and value of a line with its continuations; undefined if it has no colon or a bad name. */
function splitLine(b: Buffer, start: number, next: number): Line | undefined {
  let valueEnd = next;
  while (valueEnd > start && (b[valueEnd - 1] as number) <= SPACE) valueEnd--;
  let p = start;
  let hash = 0;
  for (; p < valueEnd && b[p] !== COLON; p++) {
    const t = TOKEN[b[p] as number] as number;
    if (t === 0) return undefined;
    hash = (Math.imul(hash, 31) + t) | 0;
    b[p] = t;
  }
  if (p >= valueEnd || p === start) return undefined;
  let value = p + 1;
  while (value < valueEnd && (b[value] as number) <= SPACE) value++;
  return { name: start, nameEnd: p, value, valueEnd, hash };
}

function frameLines(b: Buffer, lines: readonly Line[], fields: Fields): CodecError | undefined {
  for (const { name, nameEnd, value, valueEnd, hash } of lines) {
    const id = idOfBytes(hash, b, name, nameEnd);
    if (id === TRANSFER_ENCODING) {
      fields.hasTransferEncoding = true;
      const text = latin1(b, value, valueEnd).toLowerCase();
      if (text === "chunked") fields.chunked = true;
      else if (text === "identity") fields.chunked = false;
    } else if (id === CONTENT_LENGTH) {
      const length = parseLength(b, value, valueEnd);
      if (fields.length === NO_LENGTH) fields.length = length;
      else if (length !== BAD_LENGTH || fields.length !== BAD_LENGTH) return CODEC_ERROR;
    }
  }
  return undefined;
}

function addLines(b: Buffer, lines: readonly Line[], block: HeaderBlock, fields: Fields, options: LineOptions): CodecError | undefined {
  const trailers = block.kind === REQUEST_TRAILERS || block.kind === RESPONSE_TRAILERS;
  if (trailers && !options.enableTrailers) return undefined;
  for (const line of lines) {
    const underscore = (block.kind === REQUEST || block.kind === REQUEST_TRAILERS) && b.subarray(line.name, line.nameEnd).includes(0x5f);
    if (underscore && options.underscores === "REJECT_REQUEST") return UNEXPECTED_UNDERSCORE;
    if (underscore && options.underscores === "DROP_HEADER") continue;
    addLine(b, line, block, fields);
    if (fields.count > options.maxHeadersCount) return TOO_MANY_HEADERS;
  }
  return undefined;
}

function addLine(b: Buffer, line: Line, block: HeaderBlock, fields: Fields): void {
  const { name, nameEnd, value, valueEnd } = line;
  const id = idOfBytes(line.hash, b, name, nameEnd);
  const text = latin1(b, value, valueEnd).replace(/[\r\n]/g, "").replace(/^[ \t]+|[ \t]+$/g, "");
  if (id === HOST && block.kind === REQUEST) {
    if (block.authority === null) fields.count++;
    joinAuthority(block, text);
  } else if (id !== 0 && isInline(id, block.kind) && block.has(id)) {
    block.append(id, text);
  } else {
    const at = block.addReceived(id, name, nameEnd, value, valueEnd, LOOSE);
    if (text.length !== valueEnd - value) {
      block.states[at] = SET;
      block.values[at] = text;
    }
    fields.count++;
  }
}
