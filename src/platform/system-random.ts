import { crypto } from "./builtins.ts";
import type { Random } from "./random.ts";

const POOL_BYTES = 8192;

/** The machine's generator; numbers come from a pool of its bytes. */
export class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  u32(): number {
    return this.#pool.readUInt32LE(this.#claim(4));
  }

  u64(): bigint {
    return this.#pool.readBigUInt64LE(this.#claim(8));
  }

  uuid(): string {
    return crypto().randomUUID();
  }

  #claim(bytes: number): number {
    if (this.#used + bytes > POOL_BYTES) {
      crypto().randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
}
