/** What the reason of an upstream reset means downstream: one table (envoy-semantics 9.1, 9.3). */
import type { ResponseFlag } from "../contract/stream-info.ts";
import type { ResetReason } from "../contract/upstream-stream.ts";

interface ResetMeaning {
  readonly status: number;
  readonly flag: ResponseFlag;
}

const MEANINGS: Readonly<Record<ResetReason, ResetMeaning>> = {
  "local connection failure": { status: 503, flag: "UF" },
  "remote connection failure": { status: 503, flag: "UF" },
  "connection timeout": { status: 503, flag: "UF" },
  "connection termination": { status: 503, flag: "UC" },
  "local reset": { status: 503, flag: "LR" },
  "local refused stream reset": { status: 503, flag: "LR" },
  overflow: { status: 503, flag: "UO" },
  "remote reset": { status: 503, flag: "UR" },
  "remote refused stream reset": { status: 503, flag: "UR" },
  "remote error with CONNECT request": { status: 503, flag: "UR" },
  "protocol error": { status: 502, flag: "UPE" },
};

export function meaningOf(reason: ResetReason): ResetMeaning {
  return MEANINGS[reason];
}

/** `upstream_reset_before_response_started{remote_connection_failure|text}`: blanks become underscores. */
export function resetDetails(moment: "before" | "after", reason: ResetReason, failure: string): string {
  const text = failure === "" ? reason : `${reason}|${failure}`;
  return `upstream_reset_${moment}_response_started{${text}}`.replaceAll(" ", "_");
}

/** The body of the local reply for a reset before the response. */
export function resetBody(reason: ResetReason, retried: boolean): string {
  return `upstream connect error or disconnect/reset before headers. ${retried ? "retried and the latest " : ""}reset reason: ${reason}`;
}
