/** Commands that print addresses and names of hosts. */
import { Cidr } from "../../base/cidr.ts";
import { AUTHORITY, nameId } from "../../http/names.ts";
import { isIpAndPort, portOf, withoutPort } from "./address-text.ts";
import { type Command, FormatError, type Writer } from "./command.ts";
import type { FormatContext, StreamInfo } from "./format-context.ts";

type Read = (stream: StreamInfo) => string | null;

/** The port of an IP address. */
export function port(read: Read): Command {
  const write: Writer = ({ stream }) => {
    const address = read(stream);
    return address === null || !isIpAndPort(address) ? null : portOf(address);
  };
  return { parameters: "none", length: false, compile: () => write };
}

/** An address without its port, or the network it is in where a mask length is given: `127.0.0.0/8`. A text that is no number says nothing. */
export function bare(read: Read): Command {
  return {
    parameters: "optional",
    length: false,
    compile: (mask) => {
      const bits = /^\s*[+-]?\d+\s*$/.test(mask) ? Number(mask) : undefined;
      return ({ stream }) => {
        const address = read(stream);
        if (address === null) return null;
        return bits === undefined ? withoutPort(address) : networkOf(address, bits);
      };
    },
  };
}

function networkOf(address: string, bits: number): string {
  return isIpAndPort(address) && bits >= 0 ? (Cidr.of(withoutPort(address), bits)?.text ?? "") : "";
}

/** Only addresses inside the process have an endpoint id. */
export function endpointId(read: Read): Command {
  return { parameters: "none", length: false, compile: () => ({ stream }) => (read(stream) === null ? null : "") };
}

/** `one.test:80` to `one.test`. */
export function nameWithoutPort(name: string): string {
  return name.replace(/^(\[.*\]|[^:]*):\d+$/, "$1");
}

const ORIGINAL_HOST = nameId("x-envoy-original-host");

/** The host that the client asked for, of which the router may have made another. */
const HOSTS: Readonly<Record<string, (context: FormatContext) => string | null>> = {
  HOST: ({ requestHeaders }) => requestHeaders?.get(AUTHORITY) ?? null,
  ORIG: ({ requestHeaders }) => requestHeaders?.get(ORIGINAL_HOST) ?? null,
  ORIG_OR_HOST: ({ requestHeaders }) => requestHeaders?.get(ORIGINAL_HOST) || (requestHeaders?.get(AUTHORITY) ?? null),
};

function compileServerName(parameters: string): Writer {
  const [source = "", option = ""] = parameters.split(":");
  const host = HOSTS[option === "" ? "ORIG_OR_HOST" : option];
  if (!["", "SNI_ONLY", "SNI_FIRST", "HOST_FIRST"].includes(source)) {
    throw new FormatError(`Invalid REQUESTED_SERVER_NAME option: '${source}', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed`);
  }
  if (host === undefined) throw new FormatError(`Invalid REQUESTED_SERVER_NAME option: '${option}', only 'ORIG_OR_HOST'/'HOST'/'ORIG' are allowed`);
  const sni: Writer = ({ stream }) => stream.requestedServerName || null;
  if (source === "SNI_FIRST") return (context) => sni(context) ?? (host(context) || null);
  return source === "HOST_FIRST" ? (context) => host(context) || sni(context) : sni;
}

/** `REQUESTED_SERVER_NAME(source:option)`. */
export const requestedServerName: Command = { parameters: "optional", length: false, compile: compileServerName };
