/**
 * One block of header mutations (source/common/router/header_parser.cc): everything is removed first, then every value is made
 * from the headers as they are then, then all overwrites, then all additions.
 */
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { compileFormat } from "../match/format/format-string.ts";
import type { Formatter } from "../match/format/format-string.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import type { HeaderValueOption, HeaderValueOption_HeaderAppendAction } from "../schema/generated/envoy/config/core/v3.ts";

export const honours = {
  "envoy.config.core.v3.HeaderValueOption": ["header", "append", "append_action", "keep_empty_value"],
  "envoy.config.core.v3.HeaderValue": ["key", "value"],
} as const;

interface Addition {
  readonly id: number;
  readonly formatter: Formatter;
  readonly action: HeaderValueOption_HeaderAppendAction | number;
  readonly keepEmpty: boolean;
}

/** Pseudo headers and host are changed by other fields of a route. */
export function isModifiable(name: string): boolean {
  return !name.startsWith(":") && name.toLowerCase() !== "host";
}

export class HeaderMutations {
  private readonly removals: readonly number[];
  private readonly additions: readonly Addition[];
  /** The values of one `apply`, kept so that a request makes no array. */
  private readonly values: (string | undefined)[];

  constructor(removals: readonly number[], additions: readonly Addition[]) {
    this.removals = removals;
    this.additions = additions;
    this.values = additions.map(() => undefined);
  }

  get isEmpty(): boolean {
    return this.removals.length === 0 && this.additions.length === 0;
  }

  /** Changes `headers`; values are formatted with `context`. */
  apply(headers: HeaderBlock, context: FormatContext): void {
    for (const id of this.removals) headers.remove(id);
    const { additions, values } = this;
    for (let i = 0; i < additions.length; i++) values[i] = wanted(additions[i] as Addition, headers, context);
    for (let i = 0; i < additions.length; i++) this.set(headers, additions[i] as Addition, values[i], true);
    for (let i = 0; i < additions.length; i++) this.set(headers, additions[i] as Addition, values[i], false);
  }

  private set(headers: HeaderBlock, { id, action }: Addition, value: string | undefined, overwriting: boolean): void {
    if (value === undefined || overwrites(action) !== overwriting) return;
    if (overwriting) headers.replace(id, value);
    else headers.append(id, value);
  }
}

const NO_MUTATIONS = new HeaderMutations([], []);

function overwrites(action: Addition["action"]): boolean {
  return action === "OVERWRITE_IF_EXISTS_OR_ADD" || action === "OVERWRITE_IF_EXISTS";
}

/** The value to set, or `undefined` if the entry does nothing to these headers. */
function wanted({ id, formatter, action, keepEmpty }: Addition, headers: HeaderBlock, context: FormatContext): string | undefined {
  const value = formatter.format(context);
  if (value === "" && !keepEmpty) return undefined;
  if (action === "ADD_IF_ABSENT" && headers.has(id)) return undefined;
  if (action === "OVERWRITE_IF_EXISTS" && !headers.has(id)) return undefined;
  return value;
}

/** Old forms of two commands: `%DYNAMIC_METADATA(["a","b"])%`, `%PER_REQUEST_STATE(k)%`. */
export function translateLegacy(format: string): string {
  return format
    .replace(/%(DYNAMIC|UPSTREAM)_METADATA\((\[[^%]*?\])\)%/g, (whole, kind: string, list: string) => {
      const keys = jsonStrings(list);
      return keys === undefined ? whole : `%${kind}_METADATA(${keys.join(":")})%`;
    })
    .replace(/%PER_REQUEST_STATE\((.+?)\)%/g, "%FILTER_STATE($1:PLAIN)%");
}

function jsonStrings(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

function compileAddition(option: HeaderValueOption, diagnostics: Diagnostics): Addition | undefined {
  const header = option.header ?? {};
  const name = header.key ?? "";
  if (!isModifiable(name)) {
    diagnostics.report({ code: "LGT0531", at: header, key: "key", message: `:-prefixed or host headers may not be modified: ${name}` });
    return undefined;
  }
  if (option.append !== undefined && (option.append_action ?? "APPEND_IF_EXISTS_OR_ADD") !== "APPEND_IF_EXISTS_OR_ADD") {
    diagnostics.report({ code: "LGT0533", at: option, key: "append", message: "both append and append_action are set, and that is not allowed" });
  }
  const action = option.append === false ? "OVERWRITE_IF_EXISTS_OR_ADD" : (option.append_action ?? "APPEND_IF_EXISTS_OR_ADD");
  const formatter = compileFormat(translateLegacy(header.value ?? ""), true, { at: header, key: "value", diagnostics });
  return formatter === undefined ? undefined : { id: nameId(name), formatter, action, keepEmpty: option.keep_empty_value === true };
}

/** Where a block of mutations stands: the message and the names of its two fields. */
export interface MutationFields {
  readonly at: object;
  readonly remove: readonly string[] | undefined;
  readonly removeKey: string;
  readonly add: readonly HeaderValueOption[] | undefined;
}

/** Compiles a block; what is wrong is reported and left out. */
export function compileHeaderMutations({ at, remove, removeKey, add }: MutationFields, diagnostics: Diagnostics): HeaderMutations {
  if (remove === undefined && add === undefined) return NO_MUTATIONS;
  const removals: number[] = [];
  for (const name of remove ?? []) {
    if (isModifiable(name)) removals.push(nameId(name));
    else diagnostics.report({ code: "LGT0532", at, key: removeKey, message: `:-prefixed or host headers may not be removed: ${name}` });
  }
  const additions = (add ?? []).map((option) => compileAddition(option, diagnostics)).filter((addition) => addition !== undefined);
  return new HeaderMutations(removals, additions);
}

/** Any message that mutates headers: route, virtual host, table, weighted cluster. */
export interface MutatingMessage {
  readonly request_headers_to_add?: readonly HeaderValueOption[];
  readonly request_headers_to_remove?: readonly string[];
  readonly response_headers_to_add?: readonly HeaderValueOption[];
  readonly response_headers_to_remove?: readonly string[];
}

export function compileRequestMutations(message: MutatingMessage, diagnostics: Diagnostics): HeaderMutations {
  const { request_headers_to_add: add, request_headers_to_remove: remove } = message;
  return compileHeaderMutations({ at: message, add, remove, removeKey: "request_headers_to_remove" }, diagnostics);
}

export function compileResponseMutations(message: MutatingMessage, diagnostics: Diagnostics): HeaderMutations {
  const { response_headers_to_add: add, response_headers_to_remove: remove } = message;
  return compileHeaderMutations({ at: message, add, remove, removeKey: "response_headers_to_remove" }, diagnostics);
}
