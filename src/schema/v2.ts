/** The frozen v2 API, for documents that are to be upgraded; its index is only made for them. */
import { V2_TABLE } from "./generated/v2-table.ts";
import { TypeTable, V3 } from "./table.ts";

let table: TypeTable | undefined;

/** The v2 API, and what v3 shares with it. */
export function v2(): TypeTable {
  return (table ??= new TypeTable(V2_TABLE, V3));
}
