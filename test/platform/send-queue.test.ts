import { expect, it } from "vitest";
import { BufferPool } from "../../src/platform/buffer-pool.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { SendQueue } from "../../src/platform/send-queue.ts";

class Kernel {
  readonly got: Buffer[] = [];
  room = Infinity;
  calls = 0;
  take(buffer: Buffer, start: number, end: number): number {
    this.calls++;
    const n = Math.min(this.room, end - start);
    this.room -= n;
    this.got.push(Buffer.from(buffer.subarray(start, start + n)));
    return n;
  }
}

it("gathers small pieces into one", () => {
  const queue = new SendQueue(new BufferPool());
  const kernel = new Kernel();
  for (const piece of ["a", "bc", "def"]) queue.append(Buffer.from(piece), 0, piece.length);
  expect(queue.length).toBe(6);
  expect(queue.sendTo(kernel)).toBe(true);
  expect(kernel.calls).toBe(1);
  expect(Buffer.concat(kernel.got).toString()).toBe("abcdef");
  expect(queue.length).toBe(0);
});

it("loses and reorders nothing, whatever is written and however little is taken (random, seed printed)", () => {
  const seed = Number(process.env["SEED"] ?? 20260101);
  const random = new SeededRandom(seed);
  const pool = new BufferPool();
  for (let round = 0; round < 60; round++) {
    const queue = new SendQueue(pool);
    const kernel = new Kernel();
    const wrote: Buffer[] = [];
    for (let step = 0; step < 40; step++) {
      const chunk = Buffer.alloc(random.u32() % (random.u32() % 4 === 0 ? 150_000 : 600), random.u32() & 255);
      const start = chunk.length > 2 ? 1 : 0;
      queue.append(chunk, start, chunk.length);
      wrote.push(chunk.subarray(start));
      kernel.room = random.u32() % 3 === 0 ? 0 : random.u32() % 100_000;
      const before = queue.length;
      const sent = queue.sendTo(kernel);
      expect(sent, `seed ${seed}`).toBe(queue.length === 0);
      expect(queue.length, `seed ${seed}`).toBeLessThanOrEqual(before);
    }
    kernel.room = Infinity;
    queue.sendTo(kernel);
    expect(Buffer.concat(kernel.got).equals(Buffer.concat(wrote)), `seed ${seed}, round ${round}`).toBe(true);
  }
});

it("gives its buffers back, also when cleared", () => {
  const pool = new BufferPool();
  const one = pool.take();
  pool.give(one);
  const queue = new SendQueue(pool);
  queue.append(Buffer.from("x"), 0, 1);
  queue.clear();
  expect(queue.length).toBe(0);
  expect(pool.take()).toBe(one);
});

it("a small rest leaves its pooled buffer", () => {
  const pool = new BufferPool();
  const one = pool.take();
  pool.give(one);
  const queue = new SendQueue(pool);
  const kernel = new Kernel();
  queue.append(Buffer.from("abcdef"), 0, 6);
  kernel.room = 2;
  expect(queue.sendTo(kernel)).toBe(false);
  expect(pool.take()).toBe(one);
  queue.append(Buffer.from("ghi"), 0, 3);
  kernel.room = Infinity;
  expect(queue.sendTo(kernel)).toBe(true);
  expect(Buffer.concat(kernel.got).toString()).toBe("abcdefghi");
});
