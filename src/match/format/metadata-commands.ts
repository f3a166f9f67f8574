/** `DYNAMIC_METADATA(filter:key:...):length` and its sisters, `FILTER_STATE(key:PLAIN):length`. */
import { toWire } from "../../base/wire-text.ts";
import { metadataAt } from "../metadata-matcher.ts";
import { FormatError, UnavailableCommand } from "./command.ts";
import type { Command, Writer, Written } from "./command.ts";
import type { StreamInfo } from "./format-context.ts";

type Metadata = Readonly<Record<string, unknown>> | null;

/** A JSON value as a writer gives it, cut to a length if it is a scalar. */
function written(value: unknown, length: number | undefined): Written {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return toWire(value).slice(0, length);
  if (typeof value === "object") return value;
  const scalar = value as number | boolean;
  const text = String(scalar);
  return length !== undefined && text.length > length ? text.slice(0, length) : scalar;
}

function compile(read: (stream: StreamInfo) => Metadata, parameters: string, length: number | undefined): Writer {
  const path = parameters.split(":");
  return ({ stream }) => written(metadataAt(read(stream) ?? {}, path), length);
}

function metadataCommand(read: (stream: StreamInfo) => Metadata, length: boolean): Command {
  return { parameters: "required", length, compile: (parameters, max) => compile(read, parameters, max) };
}

export const dynamicMetadata = metadataCommand((stream) => stream.dynamicMetadata, true);
export const clusterMetadata = metadataCommand((stream) => stream.clusterMetadata, false);
export const upstreamMetadata = metadataCommand((stream) => stream.upstreamMetadata, false);

/** Metadata by where it stands. */
const PLACES: Readonly<Record<string, (stream: StreamInfo) => Metadata>> = {
  DYNAMIC: (stream) => stream.dynamicMetadata, CLUSTER: (stream) => stream.clusterMetadata, UPSTREAM_HOST: (stream) => stream.upstreamMetadata,
  ROUTE: (stream) => stream.routeMetadata ?? null, VIRTUAL_HOST: (stream) => stream.virtualHostMetadata ?? null,
  LISTENER: (stream) => stream.listenerMetadata ?? null, LISTENER_FILTER_CHAIN: (stream) => stream.chainMetadata ?? null,
};

function compilePlaced(parameters: string, length: number | undefined): Writer {
  const [place = "", ...rest] = parameters.split(":");
  const read = PLACES[place];
  if (read !== undefined) return compile(read, rest.join(":"), length);
  throw new FormatError(`${place} is not supported type of metadata`);
}

export const placedMetadata: Command = { parameters: "required", length: true, compile: compilePlaced };

function compileFilterState(read: (stream: StreamInfo) => Readonly<Record<string, string>>, parameters: string, length: number | undefined): Writer {
  const [key = "", form = "TYPED", field] = parameters.split(":");
  if (key === "") throw new FormatError("Invalid filter state configuration, key cannot be empty.");
  if (form !== "PLAIN" && form !== "TYPED" && form !== "FIELD") {
    throw new FormatError("Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.");
  }
  if ((form === "FIELD") !== (field !== undefined && field !== "")) {
    throw new FormatError("Invalid filter state serialize type, FIELD should be used with the field name.");
  }
  if (form === "FIELD") throw new UnavailableCommand("the form FIELD");
  return ({ stream }) => {
    const value = read(stream)[key];
    if (value === undefined) return null;
    return toWire(form === "PLAIN" ? value : JSON.stringify(value)).slice(0, length);
  };
}

const NO_STATE: Readonly<Record<string, string>> = {};

export const filterState: Command = { parameters: "optional", length: true, compile: (parameters, length) => compileFilterState((stream) => stream.filterState, parameters, length) };
/** Nothing here keeps filter state for the upstream's side. */
export const upstreamFilterState: Command = { parameters: "required", length: true, compile: (parameters, length) => compileFilterState(() => NO_STATE, parameters, length) };
