/** Request and status lines (RFC 9112 3, 4), as Envoy's parser takes them: pieces divided by any run of white space. */
import type { Buffer } from "node:buffer";
import { latin1, latin1Again } from "../http/latin1.ts";
import { isHttp1Method, isMethodToken } from "../http/methods.ts";
import { CODEC_ERROR, INVALID_CHARACTERS, type CodecError } from "./codec-error.ts";
import { CR, LF, SPACE, TARGET } from "./http1-bytes.ts";
import { isTargetValid } from "./http1-target.ts";

/** A first line in pieces; one is reused for each connection. */
export class FirstLine {
  /** Request: method. Response: version. */
  method = "";
  target = "";
  /** The version is HTTP/1.1; any other is treated as 1.0. */
  http11 = false;
  /** No version at all (HTTP/0.9): the head ends with this line. */
  bare = false;
  status = 0;
  error: CodecError | undefined = undefined;
}

const G = 71;
const E = 69;
const T = 84;
const ELEVEN = [72, 84, 84, 80, 47, 49, 46, 49];

/** Whether `b[at, at + 8)` is `HTTP/1.1`. */
function isEleven(b: Buffer, at: number): boolean {
  for (let i = 0; i < 8; i++) if (b[at + i] !== ELEVEN[i]) return false;
  return true;
}

/**
 * Reads the request line of `b[start, end)`. Returns the position after its line end, or -1 if that has not come;
 * `line.error` says what is wrong.
 */
export function readRequestLine(b: Buffer, start: number, end: number, line: FirstLine, customMethods: boolean): number {
  line.error = undefined;
  line.bare = false;
  // The common line first: GET or POST and so on, one space, an origin-form target, one space, HTTP/1.1 CR LF.
  let p = start;
  while (p < end && (b[p] as number) > SPACE) p++;
  const methodEnd = p;
  const target = p + 1;
  if (target < end && b[p] === SPACE && b[target] === 47) {
    p = target;
    while (p < end && TARGET[b[p] as number] === 1) p++;
    if (p + 10 < end && b[p] === SPACE && isEleven(b, p + 1) && b[p + 9] === CR && b[p + 10] === LF) {
      line.method = methodEnd === start + 3 && b[start] === G && b[start + 1] === E && b[start + 2] === T ? "GET" : latin1(b, start, methodEnd);
      line.target = latin1Again(b, target, p, line.target);
      line.http11 = true;
      if (!isMethod(line.method, customMethods)) line.error = CODEC_ERROR;
      return p + 11;
    }
  }
  return readOddRequestLine(b, start, end, line, customMethods);
}

function readOddRequestLine(b: Buffer, start: number, end: number, line: FirstLine, customMethods: boolean): number {
  const lf = b.indexOf(LF, start);
  if (lf < 0 || lf >= end) return -1;
  const [method, target, version] = islands(latin1(b, start, lf));
  line.method = method;
  line.target = target;
  line.bare = version === "";
  line.http11 = version === "HTTP/1.1";
  if (CONTROL.test(latin1(b, start, lf))) line.error = INVALID_CHARACTERS;
  else if (!isMethod(method, customMethods) || !isTarget(target, method === "CONNECT") || !isVersion(version)) line.error = CODEC_ERROR;
  return lf + 1;
}

/**
 * Reads the status line of `b[start, end)`. Returns the position after its line end, or -1 if that has not come;
 * `line.error` says what is wrong. The reason phrase is not kept. Envoy takes a sign and more digits, and keeps 16 bits.
 */
export function readStatusLine(b: Buffer, start: number, end: number, line: FirstLine): number {
  line.error = undefined;
  let lf = start;
  while (lf < end && b[lf] !== LF) lf++;
  if (lf >= end) return -1;
  if (lf - start >= 13 && isEleven(b, start) && b[start + 8] === SPACE && (b[start + 12] === SPACE || b[start + 12] === CR)) {
    const status = digits3(b, start + 9);
    if (status >= 100) {
      line.http11 = true;
      line.status = status;
      return lf + 1;
    }
  }
  const [version, status] = islands(latin1(b, start, lf));
  line.http11 = version.startsWith("HTTP/1.1");
  line.status = /^\+?[0-9]{1,19}$/.test(status) ? Number(BigInt.asUintN(16, BigInt(status.replace("+", "")))) : 0;
  if (!/^HTTP\/[0-9]\.[0-9]$/.test(version) || line.status < 100) line.error = CODEC_ERROR;
  return lf + 1;
}

function digits3(b: Buffer, at: number): number {
  let n = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = (b[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    n = n * 10 + digit;
  }
  return n;
}

/** The first two pieces of a line and what is left, as divided by runs of bytes up to a space; white space at the end is dropped. */
function islands(line: string): [string, string, string] {
  const match = /^([^\0- ]*)[\0- ]*([^\0- ]*)[\0- ]*([\s\S]*?)[\0- ]*$/.exec(line);
  return [match?.[1] ?? "", match?.[2] ?? "", match?.[3] ?? ""];
}

/** Control characters that Envoy refuses anywhere in a head, with its own details even if the line is wrong as well. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

function isMethod(method: string, custom: boolean): boolean {
  return isHttp1Method(method) || (custom && isMethodToken(method));
}

function isTarget(target: string, connect: boolean): boolean {
  for (let i = 0; i < target.length; i++) if (TARGET[target.charCodeAt(i)] !== 1) return false;
  return isTargetValid(target, connect);
}

function isVersion(version: string): boolean {
  return version === "" || /^HTTP\/[0-9]\.[0-9]$/.test(version);
}
