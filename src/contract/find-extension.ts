/** Finding the extension that a configuration asks for, and saying what is wrong when it cannot be had. */
import { EXTENSIONS } from "../schema/generated/extensions.ts";
import { V3 } from "../schema/table.ts";
import type { Category, CompileContext, Extension } from "./extension.ts";

/** A message that carries an extension: `{ name, typed_config }`. */
export interface Carrier {
  readonly name?: string;
  readonly typed_config?: { readonly "@type"?: string };
}

/**
 * The extension for `carrier`, or undefined with a finding: no typed_config (Envoy rejects that), a type of another
 * category, or one that Envoy has and legate has not (LGT0901). `category` is Envoy's name of the place.
 */
export function findExtension<C extends Category>(category: C, carrier: Carrier, context: CompileContext): Extension<C> | undefined {
  const { diagnostics, registry } = context;
  const type = typeNameOf(carrier.typed_config);
  const name = carrier.name ?? "";
  if (type === undefined) {
    diagnostics.report({
      code: "LGT0403", at: carrier, key: "name",
      message: `${name === "" ? "this extension" : `'${name}'`} has no typed_config; its type, not its name, decides what it is`,
    });
    return undefined;
  }
  const found = registry.find(category, carrier.typed_config);
  if (found !== undefined) return found;
  const envoyCategory: string = category;
  if (TYPED_STRUCTS.has(type)) {
    diagnostics.report({ code: "LGT0901", at: carrier, key: "typed_config", message: "an extension configured by a TypedStruct is not found yet" });
    return undefined;
  }
  const rows = EXTENSIONS.filter((row) => row.includes(type, 2));
  const here = rows.find((row) => row[0] === envoyCategory);
  if (here !== undefined) {
    diagnostics.report({ code: "LGT0901", at: carrier, key: "typed_config", message: `${here[1]} is an extension of Envoy that legate cannot run yet` });
  } else if (rows.length > 0) {
    const [where] = rows[0] as readonly [string, string];
    diagnostics.report({ code: "LGT0402", at: carrier, key: "typed_config", message: `${type} belongs to ${where}, not to ${envoyCategory}` });
  } else if (V3.message(type)?.file.linked === true) {
    // (a type that nobody knows, or that Envoy is built without, was reported where it was decoded)
    diagnostics.report({ code: "LGT0402", at: carrier, key: "typed_config", message: `${type} is not the configuration of an extension in ${envoyCategory}` });
  }
  return undefined;
}

/** Messages that carry the configuration of any extension as plain JSON. */
export const TYPED_STRUCTS: ReadonlySet<string> = new Set(["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"]);

function typeNameOf(any: { readonly "@type"?: string } | undefined): string | undefined {
  const url = any?.["@type"];
  return url === undefined || url === "" ? undefined : url.slice(url.lastIndexOf("/") + 1);
}
