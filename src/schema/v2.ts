/** The frozen v2 API, for documents that are to be upgraded. Import it on demand: its table is only needed for them. */
import { V2_TABLE } from "./generated/v2-table.ts";
import { TypeTable, V3 } from "./table.ts";

export const V2: TypeTable = new TypeTable(V2_TABLE, V3);
