/**
 * One direction of a filter chain: hands headers, data and trailers from filter to filter, stops where a verdict says so,
 * holds what must wait and goes on where it stopped.
 *
 *     headers ──> [0] ──> [1] ──> [2] ──> through()
 *                  │state  │state
 *                  │held   │held        what a stopped filter made the chain keep
 *
 * Envoy's FilterManager is the model (source/docs/filter_manager.md): a filter stopped at the headers is still fed with data
 * unless it said StopAll; a `Continue` from a data callback of a stopped filter resumes everything before it.
 */
import { HeaderBlock } from "../http/header-block.ts";
import { Continue, StopAll, StopAndBuffer, StopIteration, type HttpFilter, type Verdict } from "../contract/http-filter.ts";

const Running = 0;
const Stopped = 1;
const StoppedAll = 2;

/** Where one filter stands in one direction, once it has stopped or something is held for it. */
class FilterPosition {
  state: 0 | 1 | 2 = Running;
  held: Buffer[] | null = null;
  heldBytes = 0;
  /** The end of the stream came with what is held (or with the headers). */
  endHeld = false;
  trailersHeld = false;
  /** More than the limit is held, and whoever sends was told to wait: once, and is told once when it is less. */
  pushedBack = false;
  /** What is held was not shown to this filter yet (StopAll). */
  unseen = false;
}

/** What the two paths ask of the stream they belong to. */
export interface PathOwner {
  /** The encoder filters let it pass: to the codec. (Requests end in the terminal filter.) */
  headersThrough(headers: HeaderBlock, endStream: boolean): void;
  dataThrough(data: Buffer, endStream: boolean): void;
  trailersThrough(trailers: HeaderBlock): void;
  /** More is held than the buffer limit allows. `buffering` = by StopAndBuffer: the message is too large for a filter that wants it whole. */
  requestHeldTooMuch(buffering: boolean): void;
  requestHeldLess(): void;
  responseHeldTooMuch(buffering: boolean): void;
  responseHeldLess(): void;
}

export abstract class FilterPath {
  headers: HeaderBlock | null = null;
  trailers: HeaderBlock | null = null;
  /** Set by a local reply or reset: nothing is handed on any more. */
  aborted = false;
  bufferLimit = 1_048_576;
  /** Made when one is needed: most filters never stop. */
  private positions: (FilterPosition | undefined)[] | null = null;
  /** So many filters, from the first on, have let the headers pass. */
  private headersPassed = 0;
  private running: Buffer | null = null;
  private trailersAdded = false;
  protected readonly owner: PathOwner;
  /** In the order of this direction. */
  protected readonly filters: readonly HttpFilter[];

  constructor(filters: readonly HttpFilter[], owner: PathOwner) {
    this.filters = filters;
    this.owner = owner;
  }

  protected abstract callHeaders(filter: HttpFilter, headers: HeaderBlock, endStream: boolean): Verdict;
  protected abstract callData(filter: HttpFilter, data: Buffer, endStream: boolean): Verdict;
  protected abstract callTrailers(filter: HttpFilter, trailers: HeaderBlock): Verdict;
  protected abstract throughHeaders(headers: HeaderBlock, endStream: boolean): void;
  protected abstract throughData(data: Buffer, endStream: boolean): void;
  protected abstract throughTrailers(trailers: HeaderBlock): void;
  protected abstract heldTooMuch(buffering: boolean): void;
  protected abstract heldLess(): void;
  /** Nothing lies behind the last filter: where it stops need not be remembered. */
  protected abstract readonly endsInFilter: boolean;

  startHeaders(headers: HeaderBlock, endStream: boolean): void {
    if (this.aborted) return;
    this.headers = headers;
    this.runHeaders(0, headers, endStream);
  }

  pushData(data: Buffer, endStream: boolean): void {
    if (!this.aborted) this.runData(0, data, endStream);
  }

  pushTrailers(trailers: HeaderBlock): void {
    if (this.aborted) return;
    this.trailers = trailers;
    this.runTrailers(0, trailers);
  }

  /** Continues at filter `index`, which had stopped; does nothing if it had not. */
  resume(index: number): void {
    const at = this.positions?.[index];
    if (at === undefined || at.state === Running || this.aborted) return;
    const first = at.state === StoppedAll || at.unseen ? index : index + 1;
    at.state = Running;
    at.unseen = false;
    const held = this.takeHeld(at);
    const trailers = at.trailersHeld ? this.trailers : null;
    at.trailersHeld = false;
    if (this.headersPassed <= index && this.headers !== null) {
      this.headersPassed = index + 1;
      this.runHeaders(index + 1, this.headers, at.endHeld && held === null && trailers === null);
    }
    if (held !== null && !this.aborted) this.runData(first, held, at.endHeld && trailers === null);
    if (trailers !== null && !this.aborted) this.runTrailers(first, trailers);
  }

  /** Data that filter `index` makes itself, for the filters after it. */
  inject(index: number, data: Buffer, endStream: boolean): void {
    if (this.headersPassed <= index && this.headers !== null) {
      this.headersPassed = index + 1;
      const at = this.positions?.[index];
      if (at !== undefined) at.state = Running;
      this.runHeaders(index + 1, this.headers, false);
    }
    if (!this.aborted) this.runData(index + 1, data, endStream);
  }

  /** Trailers made by a filter in the data callback that carries the end of the stream; they follow that data. */
  addTrailers(): HeaderBlock {
    this.trailers ??= new HeaderBlock();
    this.trailersAdded = true;
    return this.trailers;
  }

  heldBy(index: number): readonly Buffer[] {
    return this.positions?.[index]?.held ?? [];
  }

  /** Replaces the data of the running callback; outside one, what is held for filter `index`. */
  replace(index: number, data: Buffer): void {
    if (this.running !== null) {
      this.running = data;
      return;
    }
    const at = this.at(index);
    at.held = data.length === 0 ? null : [data];
    at.heldBytes = data.length;
  }

  private at(index: number): FilterPosition {
    const positions = (this.positions ??= []);
    return (positions[index] ??= new FilterPosition());
  }

  private runHeaders(from: number, headers: HeaderBlock, endStream: boolean): void {
    for (let i = from; i < this.filters.length; i++) {
      const verdict = this.callHeaders(this.filters[i] as HttpFilter, headers, endStream);
      if (this.aborted) return;
      if (this.headersPassed > i) return; // resumed or injected from within the callback: already handed on
      if (verdict !== Continue) {
        if (this.lastStop(i, verdict)) return;
        const at = this.at(i);
        at.state = verdict === StopAll ? StoppedAll : Stopped;
        at.unseen = verdict === StopAll;
        at.endHeld = endStream;
        return;
      }
      this.headersPassed = i + 1;
    }
    this.throughHeaders(headers, endStream);
  }

  private runData(from: number, data: Buffer, endStream: boolean): void {
    let chunk = data;
    for (let i = from; i < this.filters.length; i++) {
      const before = this.positions?.[i];
      if (before !== undefined && before.state === StoppedAll) return this.hold(before, chunk, endStream, false);
      this.running = chunk;
      const verdict = this.callData(this.filters[i] as HttpFilter, chunk, endStream);
      chunk = this.running ?? chunk;
      this.running = null;
      if (this.aborted) return;
      if (this.trailersAdded) return this.splitEnd(i, chunk, verdict);
      const at = this.positions?.[i];
      if (verdict === Continue) {
        if (at === undefined || at.state === Running) continue;
        this.hold(at, chunk, endStream, false);
        return this.resume(i);
      }
      if (!this.lastStop(i, verdict)) this.stopData(this.at(i), chunk, endStream, verdict);
      return;
    }
    this.throughData(chunk, endStream);
  }

  private lastStop(index: number, verdict: Verdict): boolean {
    return verdict === StopIteration && this.endsInFilter && index === this.filters.length - 1;
  }

  private stopData(at: FilterPosition, chunk: Buffer, endStream: boolean, verdict: Verdict): void {
    at.state = Stopped; // of data, StopAll means: hold it and push back, but go on feeding me
    if (verdict === StopAndBuffer || verdict === StopAll) this.hold(at, chunk, endStream, verdict === StopAndBuffer);
    else at.endHeld = endStream;
  }

  /** Filter `index` added trailers to the last data: that data is no longer the end, and the trailers follow it. */
  private splitEnd(index: number, data: Buffer, verdict: Verdict): void {
    this.trailersAdded = false;
    const at = this.at(index);
    if (verdict === Continue && at.state === Running) {
      this.runData(index + 1, data, false);
      if (!this.aborted && this.trailers !== null) this.runTrailers(index + 1, this.trailers);
      return;
    }
    this.hold(at, data, false, verdict === StopAndBuffer);
    at.trailersHeld = true;
    if (verdict === Continue) this.resume(index);
    else at.state = Stopped;
  }

  private runTrailers(from: number, trailers: HeaderBlock): void {
    for (let i = from; i < this.filters.length; i++) {
      const before = this.positions?.[i];
      if (before !== undefined && before.state === StoppedAll) {
        before.trailersHeld = true;
        return;
      }
      const verdict = this.callTrailers(this.filters[i] as HttpFilter, trailers);
      if (this.aborted) return;
      if (verdict !== Continue) {
        const at = this.at(i);
        at.state = Stopped;
        at.trailersHeld = true;
        return;
      }
      const at = this.positions?.[i];
      if (at !== undefined && at.state !== Running) {
        at.trailersHeld = true;
        return this.resume(i);
      }
    }
    this.throughTrailers(trailers);
  }

  private hold(at: FilterPosition, data: Buffer, endStream: boolean, buffering: boolean): void {
    at.endHeld = endStream;
    if (data.length > 0 || endStream) {
      (at.held ??= []).push(data);
      at.heldBytes += data.length;
    }
    if (at.heldBytes <= this.bufferLimit || at.pushedBack) return;
    at.pushedBack = !buffering;
    this.heldTooMuch(buffering);
  }

  private takeHeld(at: FilterPosition): Buffer | null {
    const held = at.held;
    at.held = null;
    at.heldBytes = 0;
    if (at.pushedBack) {
      at.pushedBack = false;
      this.heldLess();
    }
    if (held === null) return null;
    return held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
  }
}

/** Request direction: the order of the configuration. */
export class DecodePath extends FilterPath {
  protected readonly endsInFilter = true;

  protected callHeaders(filter: HttpFilter, headers: HeaderBlock, endStream: boolean): Verdict {
    return filter.decodeHeaders === undefined ? Continue : filter.decodeHeaders(headers, endStream);
  }

  protected callData(filter: HttpFilter, data: Buffer, endStream: boolean): Verdict {
    return filter.decodeData === undefined ? Continue : filter.decodeData(data, endStream);
  }

  protected callTrailers(filter: HttpFilter, trailers: HeaderBlock): Verdict {
    return filter.decodeTrailers === undefined ? Continue : filter.decodeTrailers(trailers);
  }

  /** The terminal filter took the request; nothing is behind it. */
  protected throughHeaders(): void {}
  protected throughData(): void {}
  protected throughTrailers(): void {}

  protected heldTooMuch(buffering: boolean): void {
    this.owner.requestHeldTooMuch(buffering);
  }

  protected heldLess(): void {
    this.owner.requestHeldLess();
  }
}

/** Response direction: the constructor is given the filters in reverse order. */
export class EncodePath extends FilterPath {
  protected readonly endsInFilter = false;

  protected callHeaders(filter: HttpFilter, headers: HeaderBlock, endStream: boolean): Verdict {
    return filter.encodeHeaders === undefined ? Continue : filter.encodeHeaders(headers, endStream);
  }

  protected callData(filter: HttpFilter, data: Buffer, endStream: boolean): Verdict {
    return filter.encodeData === undefined ? Continue : filter.encodeData(data, endStream);
  }

  protected callTrailers(filter: HttpFilter, trailers: HeaderBlock): Verdict {
    return filter.encodeTrailers === undefined ? Continue : filter.encodeTrailers(trailers);
  }

  protected throughHeaders(headers: HeaderBlock, endStream: boolean): void {
    this.owner.headersThrough(headers, endStream);
  }

  protected throughData(data: Buffer, endStream: boolean): void {
    this.owner.dataThrough(data, endStream);
  }

  protected throughTrailers(trailers: HeaderBlock): void {
    this.owner.trailersThrough(trailers);
  }

  protected heldTooMuch(buffering: boolean): void {
    this.owner.responseHeldTooMuch(buffering);
  }

  protected heldLess(): void {
    this.owner.responseHeldLess();
  }
}
