import { ListenError } from "../platform/conn.ts";

/** An address that the configuration wants cannot be had. */
export class AddressTaken extends Error {}

const PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use", EACCES: "it may not be used without more rights", EADDRNOTAVAIL: "this machine has no such address",
};

/** Why, for people. */
export function listenProblem(error: unknown): string {
  return error instanceof ListenError ? (PROBLEMS[error.code] ?? error.message) : String(error);
}
