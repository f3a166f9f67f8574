/** What a peer may do to us before the connection is cut (Envoy's ProtocolConstraints, and the rate of resets of its HTTP/2 library). */
import {
  EMPTY_FRAMES, OUTBOUND_CONTROL_FLOOD, OUTBOUND_FLOOD, PRIORITY_FLOOD, TOO_MANY_RESETS, WINDOW_UPDATE_FLOOD, type ConnectionFault,
} from "./http2-faults.ts";
import { CONTINUATION, DATA, HEADERS, PRIORITY, WINDOW_UPDATE } from "./http2-frames.ts";
import type { FloodLimits } from "./http2-options.ts";

/** What a connection tells of its limits. */
export type FloodCounter =
  | "inbound_empty_frames_flood" | "inbound_priority_frames_flood" | "inbound_window_update_frames_flood" | "outbound_flood" | "outbound_control_flood";

export class InboundLimits {
  readonly #limits: FloodLimits;
  readonly #count: (counter: FloodCounter) => void;
  #empty = 0;
  #priorities = 0;
  #windowUpdates = 0;
  /** DATA frames that were sent. */
  dataFrames = 0;

  constructor(limits: FloodLimits, count: (counter: FloodCounter) => void) {
    this.#limits = limits;
    this.#count = count;
  }

  /** A frame came. `active`: streams that are open. */
  check(type: number, ends: boolean, empty: boolean, active: number): ConnectionFault | undefined {
    switch (type) {
      case DATA: case HEADERS: case CONTINUATION: return this.#checkEmpty(empty && !ends);
      case PRIORITY: return this.#checkPriority(active);
      case WINDOW_UPDATE: return this.#checkWindowUpdate(active);
      default: return undefined;
    }
  }

  #checkEmpty(empty: boolean): ConnectionFault | undefined {
    this.#empty = empty ? this.#empty + 1 : 0;
    if (this.#empty <= this.#limits.consecutiveEmptyFrames) return undefined;
    this.#count("inbound_empty_frames_flood");
    return EMPTY_FRAMES;
  }

  #checkPriority(active: number): ConnectionFault | undefined {
    if (++this.#priorities <= this.#limits.priorityFramesPerStream * (1 + active)) return undefined;
    this.#count("inbound_priority_frames_flood");
    return PRIORITY_FLOOD;
  }

  #checkWindowUpdate(active: number): ConnectionFault | undefined {
    if (++this.#windowUpdates <= 5 + 2 * (active + this.#limits.windowUpdatesPerDataFrame * this.dataFrames)) return undefined;
    this.#count("inbound_window_update_frames_flood");
    return WINDOW_UPDATE_FLOOD;
  }
}

/** The rapid reset: a bucket of resets that fills again by the second. */
export class ResetBucket {
  readonly #burst: number;
  readonly #rate: number;
  readonly #now: () => number;
  #left: number;
  #second: number;

  /** `now`: a clock, ms. */
  constructor({ resetBurst, resetRate }: FloodLimits, now: () => number) {
    this.#burst = resetBurst;
    this.#rate = resetRate;
    this.#now = now;
    this.#left = resetBurst;
    this.#second = Math.floor(now() / 1000);
  }

  take(): ConnectionFault | undefined {
    const second = Math.floor(this.#now() / 1000);
    this.#left = Math.min(this.#burst, this.#left + (second - this.#second) * this.#rate);
    this.#second = second;
    if (this.#left < 1) return TOO_MANY_RESETS;
    this.#left--;
    return undefined;
  }
}

/** Frames that were written and that the peer has not let the kernel take. */
export class OutboundLimits {
  readonly #limits: FloodLimits;
  readonly #count: (counter: FloodCounter) => void;
  /** Where each frame ended, in bytes since the connection began. */
  #frames: number[] = [];
  #controls: number[] = [];
  #written = 0;

  constructor(limits: FloodLimits, count: (counter: FloodCounter) => void) {
    this.#limits = limits;
    this.#count = count;
  }

  /** A frame is to be written. `control`: an acknowledgement or a reset, which a peer can provoke. `buffered`: bytes not yet taken. */
  add(bytes: number, control: boolean, buffered: number): ConnectionFault | undefined {
    if (buffered === 0) this.#frames.length = this.#controls.length = 0;
    this.#written += bytes;
    this.#frames.push(this.#written);
    if (control) this.#controls.push(this.#written);
    if (this.#frames.length <= this.#limits.outboundFrames && this.#controls.length <= this.#limits.outboundControlFrames) return undefined;
    return this.#look(this.#written - bytes - buffered);
  }

  #look(gone: number): ConnectionFault | undefined {
    this.#frames = this.#frames.filter((end) => end > gone);
    this.#controls = this.#controls.filter((end) => end > gone);
    if (this.#frames.length > this.#limits.outboundFrames) {
      this.#count("outbound_flood");
      return OUTBOUND_FLOOD;
    }
    if (this.#controls.length <= this.#limits.outboundControlFrames) return undefined;
    this.#count("outbound_control_flood");
    return OUTBOUND_CONTROL_FLOOD;
  }
}
