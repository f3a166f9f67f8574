import type { FoundTable } from "../tools/route-tables.ts";
import type { SimulatedRequest } from "../tools/simulated-request.ts";
import { UsageError } from "./command.ts";

/** The table that a request goes through; `note` says so where the choice was not the user's. Throws `UsageError` where none fits. */
export async function tableFor(tables: readonly FoundTable[], request: SimulatedRequest, named: { readonly listener: string | undefined; readonly routeTable: string | undefined }): Promise<{ readonly found: FoundTable; readonly note: string | undefined }> {
  const { tablesFor } = await import("../tools/route-tables.ts");
  const port = request.port ?? (request.scheme === "https" ? 443 : 80);
  const fitting = tablesFor(tables, { ...named, port, tls: request.scheme === "https", host: request.host.replace(/:\d+$/, "").toLowerCase() });
  const [found] = fitting;
  const text = (table: FoundTable): string => `${table.listener === undefined ? "" : `listener "${table.listener}", `}route table "${table.name}"`;
  if (found === undefined) throw new UsageError(`no route table fits; there are: ${tables.map(text).join("; ")}`);
  return { found, note: fitting.length === 1 ? undefined : `${text(found)} is taken, the first of ${fitting.length} that fit; choose with --listener or --route-table` };
}
