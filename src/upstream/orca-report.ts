/**
 * What a host says of its load with an answer: `endpoint-load-metrics-bin`, or `endpoint-load-metrics` as TEXT, JSON or BIN (the Open Request
 * Cost Aggregation standard, xds.data.orca.v3.OrcaLoadReport), as Envoy's parser takes it.
 */
import { Buffer } from "node:buffer";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";

/** Metric by its name, as configurations name them: `rps_fractional`, `named_metrics.foo`, `utilization.disk`. Those absent are 0. */
export type LoadReport = ReadonlyMap<string, number>;

const METRICS = nameId("endpoint-load-metrics");
const METRICS_BIN = nameId("endpoint-load-metrics-bin");

const PLAIN: ReadonlySet<string> = new Set(["cpu_utilization", "mem_utilization", "application_utilization", "eps", "rps_fractional"]);
const TEXT_MAPS = ["named_metrics.", "utilization."];
/** Fields of the message: doubles, and maps of text to double. */
const DOUBLES: Readonly<Record<number, string>> = { 1: "cpu_utilization", 2: "mem_utilization", 6: "rps_fractional", 7: "eps", 9: "application_utilization" };
const MAPS: Readonly<Record<number, string>> = { 4: "request_cost", 5: "utilization", 8: "named_metrics" };
const RPS = 3;

/** Null: there is none, or it is wrong. */
export function loadReportIn(headers: HeaderBlock): LoadReport | null {
  const bin = headers.get(METRICS_BIN);
  if (bin !== null) return fromBinary(bin);
  const value = headers.get(METRICS);
  if (value === null) return null;
  if (value.startsWith("BIN ")) return fromBinary(value.slice("BIN ".length));
  if (value.startsWith("TEXT ")) return fromText(value.slice("TEXT ".length));
  return value.startsWith("JSON ") ? fromJson(value.slice("JSON ".length)) : null;
}

/** `name=value` or `name:value`, with commas between. A name that comes twice spoils it all. */
function fromText(text: string): LoadReport | null {
  const report = new Map<string, number>();
  for (const piece of text.split(",").map((part) => part.trim()).filter((part) => part !== "")) {
    const at = piece.search(/[=:]/);
    const name = at < 0 ? piece : piece.slice(0, at);
    const value = at < 0 ? Number.NaN : decimal(piece.slice(at + 1));
    const known = PLAIN.has(name) || TEXT_MAPS.some((map) => name.startsWith(map) && name.length > map.length);
    if (!known || report.has(name) || !(value >= 0 && value < Infinity)) return null;
    report.set(name, value);
  }
  return report;
}

const DECIMAL = /^[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*$/;

function decimal(text: string): number {
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

function fromBinary(text: string): LoadReport | null {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0) return null;
  try {
    return readReport(new BinaryReader(bytes));
  } catch {
    return null;
  }
}

function readReport(reader: BinaryReader): LoadReport {
  const report = new Map<string, number>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const plain = DOUBLES[field];
    const map = MAPS[field];
    if (plain !== undefined && wire === WireType.Bit64) report.set(plain, reader.double());
    else if (map !== undefined && wire === WireType.LengthDelimited) readEntry(map, new BinaryReader(reader.bytes()), report);
    else if (field === RPS && wire === WireType.Varint) reader.uint64();
    else reader.skip(wire);
  }
  return report;
}

function readEntry(map: string, reader: BinaryReader, report: Map<string, number>): void {
  let [key, value] = ["", 0];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.LengthDelimited) key = reader.string();
    else if (field === 2 && wire === WireType.Bit64) value = reader.double();
    else reader.skip(wire);
  }
  report.set(`${map}.${key}`, value);
}

function fromJson(text: string): LoadReport | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return null;
  const report = new Map<string, number>();
  for (const [key, value] of Object.entries(parsed)) if (!addJson(report, key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value)) return null;
  return report;
}

function addJson(report: Map<string, number>, name: string, value: unknown): boolean {
  if (name === "rps" || value === null) return true;
  if (PLAIN.has(name)) return setNumber(report, name, value);
  if (!Object.values(MAPS).includes(name) || typeof value !== "object") return false;
  return Object.entries(value as object).every(([key, one]) => setNumber(report, `${name}.${key}`, one));
}

function setNumber(report: Map<string, number>, name: string, value: unknown): boolean {
  const number = typeof value === "number" ? value : typeof value === "string" ? decimal(value) : Number.NaN;
  report.set(name, number);
  return !Number.isNaN(number);
}
