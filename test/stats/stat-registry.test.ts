import { beforeEach, describe, expect, it } from "vitest";
import { HISTOGRAM, GAUGE, COUNTER, statShape } from "../../src/stats/shape.ts";
import { StatClient } from "../../src/stats/stat-client.ts";
import { StatRegistry } from "../../src/stats/stat-registry.ts";
import { StatStore } from "../../src/stats/stat-store.ts";

const SHAPE = statShape([{ name: "total", kind: "counter" }, { name: "active", kind: "gauge" }, { name: "ms", kind: "histogram" }, { name: "slots", kind: "limit" }]);
const [TOTAL, ACTIVE, MS, SLOTS] = [0, 1, 2, 3] as const;

/** A thread, but for the thread: what it tells is carried over by hand. */
class Worker {
  readonly column: number;
  readonly client: StatClient;
  readonly registry: StatRegistry;
  news = 0;
  constructor(registry: StatRegistry) {
    this.registry = registry;
    this.column = registry.attach();
    this.client = new StatClient(this.column, registry.columns, () => this.news++);
  }
  settle(): void {
    for (let request = this.client.collect(); request !== undefined; request = this.client.collect()) this.client.accept(this.registry.handle(this.column, request));
  }
}

describe("the shared numbers", () => {
  let registry: StatRegistry;
  let store: StatStore;
  let one: Worker;
  let two: Worker;
  beforeEach(() => {
    registry = new StatRegistry(2);
    store = new StatStore(registry);
    one = new Worker(registry);
    two = new Worker(registry);
  });

  it("are set to zero for their readers, gauges excepted, and stay used", () => {
    const [mine, theirs] = [registry.own.block("x.", SHAPE), one.client.block("x.", SHAPE)];
    one.settle();
    mine.add(TOTAL, 2);
    theirs.add(TOTAL, 5);
    theirs.add(ACTIVE, 3);
    store.resetCounters();
    expect([store.value("x.total"), store.value("x.active")]).toEqual([0, 3]);
    expect(store.numbers().map(({ name, value, used }) => [name, value, used])).toEqual([["x.active", 3, true], ["x.total", 0, true]]);
    theirs.inc(TOTAL);
    mine.inc(TOTAL);
    expect(store.value("x.total")).toBe(2);
    registry.retire(one.column);
    expect(store.value("x.total")).toBe(2);
  });

  it("read 0 from an old list once they have gone", () => {
    const gone = registry.own.block("gone.", SHAPE);
    gone.add(TOTAL, 3);
    const old = store.numbers();
    expect(store.numbers()).toBe(old);
    registry.own.close(gone);
    registry.own.block("new.", SHAPE).add(TOTAL, 9);
    expect(store.numbers()).not.toBe(old);
    expect(old.map((stat) => stat.value)).toEqual([0, 0]);
  });

  it("are not listed under a name that begins with a dot", () => {
    registry.own.block(".host.a.", SHAPE).inc(TOTAL);
    expect(store.value(".host.a.total")).toBe(1);
    expect([store.numbers(), store.histograms()]).toEqual([[], []]);
  });

  it("add up over threads and control", () => {
    const own = registry.own.block("a.", SHAPE);
    const [b1, b2] = [one.client.block("a.", SHAPE), two.client.block("a.", SHAPE)];
    one.settle();
    two.settle();
    own.add(TOTAL, 1);
    b1.add(TOTAL, 10);
    b2.inc(TOTAL);
    b1.set(ACTIVE, 5);
    b2.dec(ACTIVE);
    b2.sub(ACTIVE, 2);
    expect([store.value("a.total"), store.value("a.active"), b1.own(TOTAL)]).toEqual([12, 2, 10]);
    expect(store.value("a.nothing")).toBeUndefined();
  });

  it("count before memory is granted, and lose nothing by the move", () => {
    const block = one.client.block("a.", SHAPE);
    block.add(TOTAL, 3);
    for (const value of [0, 7, 1234]) block.record(MS, value);
    expect(block.tryAcquire(SLOTS, 1)).toBe(true);
    expect(store.value("a.total")).toBeUndefined();
    one.settle();
    block.inc(TOTAL);
    block.record(MS, 7);
    expect([store.value("a.total"), store.value("a.ms"), block.held(SLOTS)]).toEqual([4, 4, 1]);
    store.flush();
    expect(store.histograms()[0]?.cumulative.map((bin) => [bin.left, bin.count])).toEqual([[0, 1], [7, 2], [1200, 1]]);
  });

  it("are one block for one prefix and shape, until its last user closes it", () => {
    const first = one.client.block("a.", SHAPE);
    expect(one.client.block("a.", SHAPE)).toBe(first);
    expect(one.client.block("a.", COUNTER)).not.toBe(first);
    one.settle();
    first.close();
    one.settle();
    expect(store.value("a.total")).toBe(0);
    first.close();
    one.settle();
    expect(store.value("a.total")).toBeUndefined();
    first.close();
    expect(one.client.collect()).toBeUndefined();
  });

  it("live while any thread holds them, and keep what was counted", () => {
    const [b1, b2] = [one.client.block("a.", SHAPE), two.client.block("a.", SHAPE)];
    one.settle();
    two.settle();
    b1.add(TOTAL, 5);
    b1.close();
    one.settle();
    b2.inc(TOTAL);
    expect(store.value("a.total")).toBe(6);
    b2.close();
    two.settle();
    expect(store.value("a.total")).toBeUndefined();
  });

  it("survive closing and wanting again within one message", () => {
    const block = one.client.block("a.", SHAPE);
    one.settle();
    block.inc(TOTAL);
    block.close();
    const again = one.client.block("a.", SHAPE);
    again.inc(TOTAL);
    one.settle();
    expect(store.value("a.total")).toBe(2);
    again.close();
    one.settle();
    expect(store.value("a.total")).toBeUndefined();
  });

  it("may be wanted and closed before control hears of it", () => {
    one.client.block("a.", SHAPE).close();
    one.settle();
    expect(store.value("a.total")).toBeUndefined();
    expect([...registry.entries()]).toEqual([]);
  });

  it("use freed memory again, clean", () => {
    const old = one.client.block("old.", SHAPE);
    one.settle();
    const place = [...registry.entries()][0];
    old.add(TOTAL, 99);
    old.acquire(SLOTS);
    old.close();
    one.settle();
    const fresh = two.client.block("new.", SHAPE);
    two.settle();
    const entry = [...registry.entries()][0];
    expect([entry?.segment, entry?.base]).toEqual([place?.segment, place?.base]);
    expect([store.value("new.total"), fresh.held(SLOTS)]).toEqual([0, 0]);
  });

  it("close children and pages with their block", () => {
    const block = one.client.block("c.", SHAPE);
    block.child("rq_503", COUNTER).inc(0);
    expect(block.child("rq_503", COUNTER)).toBe(block.child("rq_503", COUNTER));
    const time = block.child("time", HISTOGRAM);
    time.record(0, 55);
    one.settle();
    expect([store.value("c.rq_503"), store.value("c.time")]).toEqual([1, 1]);
    block.close();
    one.settle();
    expect([...registry.entries()]).toEqual([]);
  });

  it("merge a name born in several threads", () => {
    for (const worker of [one, two]) worker.client.block("c.", SHAPE).child("rq_418", COUNTER).inc(0);
    one.settle();
    two.settle();
    expect(store.value("c.rq_418")).toBe(2);
  });

  it("bound the names born of one block", () => {
    const block = one.client.block("c.", SHAPE);
    for (let i = 0; i < 10_050; i++) block.child(`n${i}`, COUNTER).inc(0);
    one.settle();
    expect([...registry.entries()]).toHaveLength(10_001);
  });

  it("grow by segments, blocks larger than one included", () => {
    const large = statShape(Array.from({ length: 20_000 }, (_, i) => ({ name: `s${i}`, kind: "counter" as const })));
    const block = one.client.block("l.", large);
    block.inc(19_999);
    const small = Array.from({ length: 3000 }, (_, i) => one.client.block(`m${i}.`, SHAPE));
    for (const b of small) b.inc(TOTAL);
    one.settle();
    expect(store.value("l.s19999")).toBe(1);
    expect(store.numbers().filter((stat) => stat.name.endsWith("total") && stat.value === 1)).toHaveLength(3000);
    two.client.block("m2999.", SHAPE).inc(TOTAL);
    two.settle();
    expect(store.value("m2999.total")).toBe(2);
  });

  it("hold limits exactly", () => {
    const [b1, b2] = [one.client.block("a.", SHAPE), two.client.block("a.", SHAPE)];
    one.settle();
    two.settle();
    expect([b1.tryAcquire(SLOTS, 2), b2.tryAcquire(SLOTS, 2), b1.tryAcquire(SLOTS, 2)]).toEqual([true, true, false]);
    b2.release(SLOTS);
    expect([b1.held(SLOTS), b1.tryAcquire(SLOTS, 2), b2.tryAcquire(SLOTS, 2)]).toEqual([1, true, false]);
    b2.acquire(SLOTS);
    expect(b1.held(SLOTS)).toBe(3);
  });

  it("of which a dead thread was the only holder keep what was counted, for its successor", () => {
    const block = one.client.block("a.", SHAPE);
    block.add(TOTAL, 7);
    block.set(ACTIVE, 3);
    one.settle();
    registry.retire(one.column);
    expect([store.value("a.total"), store.value("a.active")]).toEqual([7, 0]);
    const next = new Worker(registry);
    next.client.block("a.", SHAPE).inc(TOTAL);
    next.settle();
    expect(store.value("a.total")).toBe(8);
  });

  it("inherit from a dead thread: counters stay, gauges and limits go, blocks and column are free", () => {
    const [b1, b2] = [one.client.block("a.", SHAPE), two.client.block("a.", SHAPE)];
    const alone = one.client.block("alone.", GAUGE);
    for (const b of [b1, b2]) {
      b.add(TOTAL, 10);
      b.set(ACTIVE, 4);
      b.record(MS, 0);
      b.record(MS, 20);
      b.acquire(SLOTS);
    }
    alone.inc(0);
    one.settle();
    two.settle();
    registry.retire(one.column);
    expect([store.value("a.total"), store.value("a.active"), store.value("a.ms"), b2.held(SLOTS)]).toEqual([20, 4, 4, 1]);
    expect(store.value("alone.")).toBeUndefined();
    const three = new Worker(registry);
    expect(three.column).toBe(one.column);
    const b3 = three.client.block("a.", SHAPE);
    three.settle();
    b3.inc(TOTAL);
    expect([store.value("a.total"), b3.own(TOTAL)]).toEqual([21, 1]);
  });

  it("refuse one thread too many, and a thread that is not attached", () => {
    expect(() => registry.attach()).toThrow(/all 2 columns/);
    registry.retire(two.column);
    expect(() => two.registry.handle(two.column, '{"shapes":[],"wanted":[],"released":[]}')).toThrow(/not attached/);
  });

  it("tell the owner of news, so that it can gather them", () => {
    one.client.block("a.", SHAPE);
    one.client.block("b.", SHAPE);
    expect(one.news).toBe(2);
    const request = JSON.parse(one.client.collect() ?? "") as { shapes: unknown[]; wanted: unknown[] };
    expect([request.shapes.length, request.wanted.length]).toEqual([1, 2]);
  });
});
