/** `PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH):length`, `QUERY_PARAM(name):length`, `QUERY_PARAMS(ORIG|DECODED):length`. */
import { PATH, X_ENVOY_ORIGINAL_PATH } from "../../http/names.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { FormatError } from "./command.ts";
import type { Command, Writer } from "./command.ts";

function source(option: string): (headers: HeaderBlock) => string {
  switch (option) {
    case "ORIG": return (headers) => headers.get(X_ENVOY_ORIGINAL_PATH) ?? "";
    case "PATH": return (headers) => headers.get(PATH) ?? "";
    case "": case "ORIG_OR_PATH": return (headers) => headers.get(X_ENVOY_ORIGINAL_PATH) || (headers.get(PATH) ?? "");
    default: throw new FormatError(`Invalid PATH option: '${option}', only 'ORIG'/'PATH'/'ORIG_OR_PATH' are allowed`);
  }
}

function compilePath(parameters: string, length: number | undefined): Writer {
  const [query = "", option = ""] = parameters.split(":");
  if (query !== "" && query !== "WQ" && query !== "NQ") throw new FormatError(`Invalid PATH option: '${query}', only 'WQ'/'NQ' are allowed`);
  const read = source(option);
  return ({ requestHeaders }) => {
    let path = requestHeaders === null ? "" : read(requestHeaders);
    if (path === "") return null;
    const mark = query === "NQ" ? path.indexOf("?") : -1;
    if (mark >= 0) path = path.slice(0, mark);
    return path.slice(0, length);
  };
}

/** Undoes percent-encoding byte by byte; what is not an escape stays. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** As `decoded`, but only letters, digits and the punctuation of URLs; spaces, quotes and control characters stay escaped. */
function decodedVisibly(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (whole, hex: string) => {
    const c = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9!#$%&'()*+,\-./:;=?@[\]_`~]/.test(c) ? c : whole;
  });
}

function compileParam(name: string, length: number | undefined): Writer {
  return ({ requestHeaders }) => {
    const path = requestHeaders?.get(PATH) ?? "";
    const mark = path.indexOf("?");
    if (mark < 0) return null;
    for (const item of path.slice(mark + 1).split("&")) {
      const equals = item.indexOf("=");
      if (decoded(equals < 0 ? item : item.slice(0, equals)) === name) return equals < 0 ? "" : decoded(item.slice(equals + 1)).slice(0, length);
    }
    return null;
  };
}

function compileParams(form: string, length: number | undefined): Writer {
  if (form !== "" && form !== "ORIG" && form !== "DECODED") throw new FormatError(`Invalid QUERY_PARAMS option: '${form}', only 'ORIG'/'DECODED' are allowed`);
  return ({ requestHeaders }) => {
    const path = requestHeaders?.get(PATH) ?? "";
    const mark = path.indexOf("?");
    if (mark < 0) return null;
    const query = path.slice(mark + 1);
    return (form === "DECODED" ? decodedVisibly(query) : query).slice(0, length);
  };
}

export const path: Command = { parameters: "optional", length: true, compile: compilePath };
export const queryParam: Command = { parameters: "required", length: true, compile: compileParam };
export const queryParams: Command = { parameters: "optional", length: true, compile: compileParams };
