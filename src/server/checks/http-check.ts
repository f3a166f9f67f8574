/** HTTP/1 health checks of one host, on a connection that is kept between them (source/extensions/health_checkers/http). */
import { Buffer } from "node:buffer";
import type { ByteSink } from "../../codec/byte-sink.ts";
import { Http1Client, type ResponseSink } from "../../codec/http1-client.ts";
import { CLIENT_DEFAULTS } from "../../codec/http1-options.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import { giveHeaders } from "../../http/header-pool.ts";
import { CONNECTION, X_ENVOY_DEGRADED, X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL, X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER } from "../../http/names.ts";
import type { MachineFacts } from "../../match/format/format-context.ts";
import type { Conn, ConnHandler } from "../../platform/conn.ts";
import type { HttpCheck } from "../health/check-plan.ts";
import type { Network } from "../health/exchange.ts";
import { type ProbeHost, requestHead } from "../health/http-probe.ts";
import { holdsInOrder } from "../health/payload.ts";
import { type CheckProbe, NETWORK_FAILURE, type ProbeOwner } from "./check-probe.ts";

export interface HttpProbeOptions {
  readonly network: Network;
  readonly machine: MachineFacts;
  readonly host: ProbeHost;
  readonly check: HttpCheck;
  /** The connection is kept for the next check. */
  readonly reuse: boolean;
}

export class HttpCheckProbe implements CheckProbe {
  private readonly options: HttpProbeOptions;
  private readonly owner: ProbeOwner;
  private connection: CheckConnection | null = null;

  constructor(options: HttpProbeOptions, owner: ProbeOwner) {
    this.options = options;
    this.owner = owner;
  }

  begin(): void {
    if (this.connection === null) {
      this.connection = new CheckConnection(this.options, this);
      this.connection.dial();
    } else {
      this.connection.ask();
    }
  }

  abandon(): void {
    this.close();
  }

  close(): void {
    const { connection } = this;
    this.connection = null;
    connection?.drop();
  }

  /** Of `connection`, whatever becomes of it then. */
  answered(connection: CheckConnection, head: HeaderBlock, body: Buffer): void {
    const close = !this.options.reuse || wantsClose(head);
    if (close && this.connection === connection) this.close();
    this.judge(head, body);
  }

  failed(connection: CheckConnection, asking: boolean): void {
    if (this.connection !== connection) return;
    this.connection = null;
    connection.drop();
    if (asking) this.owner.onFailed(NETWORK_FAILURE);
  }

  private judge(head: HeaderBlock, body: Buffer): void {
    const { check } = this.options;
    const { status } = head;
    const fail = (retriable: boolean, immediate: boolean): void => this.owner.onFailed({ kind: "ACTIVE", retriable, status, immediate });
    const immediate = head.has(X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL);
    if (check.receive.length > 0 && !holdsInOrder(check.receive, body)) return fail(false, immediate);
    if (!isIn(check.expected, status)) return fail(isIn(check.retriable, status), immediate);
    if (check.serviceName !== undefined) {
      this.owner.onServiceVerified();
      if (!check.serviceName.test(head.get(X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER) ?? "")) return fail(false, false);
    }
    this.owner.onPassed(head.has(X_ENVOY_DEGRADED));
  }
}

function isIn(ranges: readonly (readonly [number, number])[], status: number): boolean {
  return ranges.some(([start, end]) => status >= start && status < end);
}

function wantsClose(head: HeaderBlock): boolean {
  return (head.get(CONNECTION) ?? "").toLowerCase().split(",").some((token) => token.trim() === "close");
}

class CheckConnection implements ConnHandler, ByteSink, ResponseSink {
  private readonly options: HttpProbeOptions;
  private readonly probe: HttpCheckProbe;
  private readonly codec: Http1Client;
  private conn: Conn | null = null;
  private head = new HeaderBlock();
  private pieces: Buffer[] = [];
  private kept = 0;
  private asking = false;
  private over = false;

  constructor(options: HttpProbeOptions, probe: HttpCheckProbe) {
    this.options = options;
    this.probe = probe;
    this.codec = new Http1Client(CLIENT_DEFAULTS, this, this);
  }

  dial(): void {
    const { network, host, check } = this.options;
    this.asking = true;
    // the check's own timer is shorter
    this.conn = network.dialer.dial(host.address, this, { timeoutMs: check.timeoutMs + DIAL_GRACE_MS, highWatermark: 0 });
  }

  ask(): void {
    const { network, host, check, machine } = this.options;
    this.asking = true;
    this.pieces = [];
    this.kept = 0;
    this.codec.encodeHeaders(requestHead(host, check, machine, network.clock.wall()), check.body.length === 0);
    if (check.body.length > 0) this.codec.encodeData(check.body, true);
  }

  drop(): void {
    if (this.over) return;
    this.over = true;
    this.codec.stop();
    this.conn?.reset();
  }

  onConnect(): void {
    this.conn?.setNoDelay(true);
    this.ask();
  }

  onData(_conn: Conn, chunk: Buffer): void {
    if (this.over) return;
    if (this.asking) this.codec.receive(chunk);
    else this.probe.failed(this, false);
  }

  onDrain(): void {}

  onEnd(): void {
    if (!this.over && this.asking) this.codec.end();
    if (!this.over) this.probe.failed(this, this.asking);
  }

  onClose(): void {
    if (!this.over) this.probe.failed(this, this.asking);
  }

  /** ByteSink of the codec. */
  write(chunk: Buffer, start: number, end: number): boolean {
    return this.conn?.write(chunk, start, end) ?? false;
  }

  onInformational(head: HeaderBlock): void {
    giveHeaders(head);
  }

  onResponse(head: HeaderBlock, endStream: boolean): void {
    this.head = new HeaderBlock();
    this.head.copyFrom(head);
    giveHeaders(head);
    if (endStream) this.finish();
  }

  onBody(data: Buffer, endStream: boolean): void {
    const { check } = this.options;
    const room = check.receive.length === 0 ? 0 : Math.min(data.length, check.searchBytes - this.kept);
    if (room > 0) this.pieces.push(Buffer.from(data.subarray(0, room)));
    this.kept += Math.max(0, room);
    if (endStream) this.finish();
  }

  onTrailers(trailers: HeaderBlock): void {
    giveHeaders(trailers);
    this.finish();
  }

  onError(): void {
    this.probe.failed(this, true);
  }

  private finish(): void {
    this.asking = false;
    this.probe.answered(this, this.head, Buffer.concat(this.pieces));
  }
}

const DIAL_GRACE_MS = 1000;
