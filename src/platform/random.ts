/** Chance, as a value that is passed in. */
export interface Random {
  /** 0 to 2^32 - 1. */
  u32(): number;
  /** 0 to 2^64 - 1. */
  u64(): bigint;
  /** Version 4, lower case (RFC 9562, section 5.4). */
  uuid(): string;
}
