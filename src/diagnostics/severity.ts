/** `error`: Envoy would reject it (or legate cannot run it); `warning`: it works, but hardly as meant; `note`: good to know. */
export type Severity = "error" | "warning" | "note";

/** Larger is worse. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 };
