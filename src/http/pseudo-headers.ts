/** What begins with a colon: a request's line, a response's status. Each has a field of its own, since every message has them. */
import { AUTHORITY, METHOD, PATH, PROTOCOL, REQUEST, SCHEME, STATUS, type BlockKind } from "./names.ts";

/** As Envoy tells them, before all other headers. */
export const FIELD_ORDER: readonly number[] = [STATUS, AUTHORITY, PATH, METHOD, SCHEME, PROTOCOL];

export abstract class PseudoHeaders {
  kind: BlockKind = REQUEST;
  method = "";
  path: string | null = null;
  authority: string | null = null;
  scheme: string | null = null;
  protocol: string | null = null;
  status = 0;
  /** The pseudo headers of a request in the order in which they came, four bits each, the first lowest; 0: in Envoy's own. */
  fieldOrder = 0;

  /** For ids up to PROTOCOL: `host` is an ordinary line outside requests. */
  protected isField(id: number): boolean {
    return id > 0 && (id !== AUTHORITY || this.kind === REQUEST);
  }

  protected field(id: number): string | null {
    switch (id) {
      case METHOD: return this.method === "" ? null : this.method;
      case PATH: return this.path;
      case AUTHORITY: return this.authority;
      case SCHEME: return this.scheme;
      case STATUS: return this.status === 0 ? null : String(this.status);
      default: return this.protocol;
    }
  }

  protected setField(id: number, value: string | null): void {
    switch (id) {
      case METHOD: this.method = value ?? ""; break;
      case PATH: this.path = value; break;
      case AUTHORITY: this.authority = value; break;
      case SCHEME: this.scheme = value; break;
      case STATUS: this.status = Number(value ?? 0); break;
      default: this.protocol = value;
    }
  }

  protected resetFields(kind: BlockKind): void {
    this.kind = kind;
    this.method = "";
    this.path = this.authority = this.scheme = this.protocol = null;
    this.status = this.fieldOrder = 0;
  }

  protected copyFields(other: PseudoHeaders): void {
    ({ method: this.method, path: this.path, authority: this.authority, scheme: this.scheme, protocol: this.protocol } = other);
    this.status = other.status;
    this.fieldOrder = other.fieldOrder;
  }
}
