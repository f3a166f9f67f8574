/** `START_TIME(format)` and `COMMON_DURATION(from:to:precision)`. */
import { FormatError } from "./command.ts";
import type { Command, Writer } from "./command.ts";
import type { StreamInfo, TimePoint } from "./format-context.ts";
import { isoTime, localIsoTime, timeFormat } from "./time-format.ts";

function clockFormat(format: string): (wall: number) => string {
  if (/[\n\r\0]|%n/.test(format)) throw new FormatError("Invalid header configuration. Format string contains newline.");
  return format === "" ? isoTime : timeFormat(format);
}

function compileStartTime(format: string): Writer {
  const print = clockFormat(format);
  return ({ stream }) => print(stream.startTime);
}

/** The moment of writing: the start and what has passed since. */
function compileEmitTime(format: string): Writer {
  const print = clockFormat(format);
  return ({ stream }) => print(stream.startTime + (stream.duration ?? 0));
}

const POINTS: ReadonlySet<string> = new Set<TimePoint>([
  "DS_RX_BEG", "DS_RX_END", "US_CX_BEG", "US_CX_END", "US_HS_END", "US_TX_BEG", "US_TX_END", "US_RX_BEG", "US_RX_BODY_BEG", "US_RX_END",
  "DS_TX_BEG", "DS_TX_END",
]);
const SCALE: Readonly<Record<string, number>> = { ms: 1, us: 1000, ns: 1_000_000 };

function isTimePoint(name: string): name is TimePoint {
  return POINTS.has(name);
}

/** Unknown moments are legal (a filter may define some) and never come. */
function compileDuration(parameters: string): Writer {
  const [from = "", to = "", precision = "", ...more] = parameters.split(":");
  const scale = SCALE[precision];
  if (more.length > 0) throw new FormatError(`Invalid common duration configuration: ${parameters}.`);
  if (scale === undefined) throw new FormatError(`Invalid common duration precision: ${precision}.`);
  if (!isTimePoint(from) || !isTimePoint(to)) return () => null;
  return ({ stream }) => {
    const start = stream.since(from);
    const end = stream.since(to);
    return start === null || end === null || end < start ? null : Math.trunc((end - start) * scale);
  };
}

/** The local forms take no strftime format: Envoy does not read a `%` inside them. */
function local(moment: (stream: StreamInfo) => number): Command {
  return { parameters: "none", length: false, compile: () => ({ stream, machine }) => localIsoTime(moment(stream), machine.utcOffset?.(moment(stream)) ?? 0) };
}

export const startTimeLocal = local((stream) => stream.startTime);
export const emitTimeLocal = local((stream) => stream.startTime + (stream.duration ?? 0));
export const startTime: Command = { parameters: "optional", length: false, compile: compileStartTime };
export const emitTime: Command = { parameters: "optional", length: false, compile: compileEmitTime };
export const commonDuration: Command = { parameters: "required", length: false, compile: compileDuration };
