/** Frames as the text (latin1) that steps of cases are made of. */
import * as F from "../../src/codec/http2-frames.ts";
import * as wire from "../support/http2-wire.ts";

type Fields = readonly (readonly [string, string])[];

const text = (bytes: Buffer): string => bytes.toString("latin1");

/** A client's first words: the preface and SETTINGS. */
export function hello(values: Readonly<Record<number, number>> = {}): string {
  return text(wire.PREFACE) + text(wire.settings(values));
}

export const ack: string = text(wire.SETTINGS_ACK);

export function settings(values: Readonly<Record<number, number>> = {}): string {
  return text(wire.settings(values));
}

/** A whole request without a body. */
export function ask(stream: number, path: string, ...more: Fields): string {
  return text(wire.headers(stream, [...target("GET", path), ...more]));
}

/** The head of a request whose body is to come. */
export function post(stream: number, path: string, ...more: Fields): string {
  return text(wire.headers(stream, [...target("POST", path), ...more], F.END_HEADERS));
}

/** Any head; it ends the stream. */
export function whole(stream: number, ...fields: Fields): string {
  return text(wire.headers(stream, fields));
}

/** Any head; more is to come. */
export function begin(stream: number, ...fields: Fields): string {
  return text(wire.headers(stream, fields, F.END_HEADERS));
}

export function data(stream: number, body: string): string {
  return text(wire.data(stream, body));
}

export function last(stream: number, body: string): string {
  return text(wire.data(stream, body, F.END_STREAM));
}

export function reset(stream: number, code: number): string {
  return text(wire.reset(stream, code));
}

export function widen(stream: number, by: number): string {
  return text(wire.windowUpdate(stream, by));
}

export function goaway(stream: number, code: number): string {
  return text(wire.goaway(stream, code));
}

export function frame(type: number, flags: number, stream: number, payload = ""): string {
  return text(wire.frame(type, flags, stream, payload));
}

export function ping(payload = "pingpong"): string {
  return frame(F.PING, 0, 0, payload);
}

/** A block of literal fields, to be cut into frames. */
export function block(...fields: Fields): string {
  return text(wire.hpack(fields));
}

export function target(method: string, path: string): Fields {
  return [[":method", method], [":scheme", "http"], [":path", path], [":authority", "case.test"]];
}
