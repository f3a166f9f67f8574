/** A list of header mutations applied one after another (envoy.config.common.mutation_rules.v3.HeaderMutation; Envoy's HeaderMutations). */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileFormat } from "../match/format/format-string.ts";
import { compileStringMatcher } from "../match/string-matcher.ts";
import type { HeaderMutation } from "../schema/generated/envoy/config/common/mutation_rules/v3.ts";
import type { HeaderValueOption } from "../schema/generated/envoy/config/core/v3.ts";
import { isModifiable, translateLegacy } from "./header-mutations.ts";

export const honours = {
  "envoy.config.common.mutation_rules.v3.HeaderMutation": ["remove", "append", "remove_on_match"],
  "envoy.config.common.mutation_rules.v3.HeaderMutation.RemoveOnMatch": ["key_matcher"],
} as const;

type Edit = (headers: HeaderBlock, context: FormatContext) => void;

/** Applied in order. */
export type HeaderEdits = readonly Edit[];

/** Compiles the list; what is wrong is reported and left out. */
export function compileHeaderEdits(mutations: readonly HeaderMutation[] | undefined, diagnostics: Diagnostics): HeaderEdits {
  return (mutations ?? []).map((mutation) => compileEdit(mutation, diagnostics)).filter((edit) => edit !== undefined);
}

export function applyEdits(edits: HeaderEdits, headers: HeaderBlock, context: FormatContext): void {
  for (const edit of edits) edit(headers, context);
}

function compileEdit(mutation: HeaderMutation, diagnostics: Diagnostics): Edit | undefined {
  if (mutation.append !== undefined) return compileAppend(mutation.append, diagnostics);
  if (mutation.remove_on_match !== undefined) {
    const matcher = compileStringMatcher(mutation.remove_on_match.key_matcher ?? {}, diagnostics);
    return (headers) => void headers.removeIf((name) => matcher.test(name));
  }
  const id = nameId(mutation.remove ?? "");
  return (headers) => void headers.remove(id);
}

function compileAppend(option: HeaderValueOption, diagnostics: Diagnostics): Edit | undefined {
  const { header = {}, append_action: action = "APPEND_IF_EXISTS_OR_ADD", keep_empty_value: keepEmpty } = option;
  const name = header.key ?? "";
  if (!isModifiable(name)) {
    diagnostics.report({ code: "LGT0531", at: header, key: "key", message: `:-prefixed or host headers may not be modified: ${name}` });
    return undefined;
  }
  const id = nameId(name);
  const formatter = compileFormat(translateLegacy(header.value ?? ""), true, { at: header, key: "value", diagnostics });
  if (formatter === undefined) return undefined;
  return (headers, context) => {
    const value = formatter.format(context);
    if (value === "" && keepEmpty !== true) return;
    if (action === "APPEND_IF_EXISTS_OR_ADD") return headers.append(id, value);
    const there = headers.has(id);
    if (there ? action === "ADD_IF_ABSENT" : action === "OVERWRITE_IF_EXISTS") return;
    headers.replace(id, value);
  };
}
