/** One header field as HPACK carries it, judged once: fields of the tables are used again and again. */
import {
  AUTHORITY, CONNECTION, KEEP_ALIVE, knownId, METHOD, newestId, PATH, PROTOCOL, PROXY_CONNECTION, SCHEME, STATUS, TOKEN,
  TRANSFER_ENCODING, UPGRADE,
} from "../http/names.ts";

/** What RFC 7541 4.1 adds for each entry of a table. */
export const ENTRY_OVERHEAD = 32;

const COLON = 58;

const METHOD_VALUE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PATH_VALUE = /^[!-~\x80-\xff]+$/;
const AUTHORITY_VALUE = /^[!$%&'()*+,\-.0-9:;=A-Z[\]_a-z~]+$/;
const SCHEME_VALUE = /^[A-Za-z][A-Za-z0-9+\-.]*$/;
/** 101 has no meaning in HTTP/2. */
const STATUS_VALUE = /^(?!101)[0-9]{3}$/;

export class HpackField {
  readonly name: string;
  readonly value: string;
  readonly size: number;
  readonly pseudo: boolean;
  /** A message with it is malformed, whatever else it has (RFC 9113 8.2, in the reading of Envoy's codec). */
  readonly malformed: boolean;
  private readonly nameSound: boolean;
  private known: number;
  private newest: number;

  /** `like`: a field of the same name, of which all that concerns the name is taken. */
  constructor(name: string, value: string, like?: HpackField) {
    this.name = name;
    this.value = value;
    this.size = name.length + value.length + ENTRY_OVERHEAD;
    this.pseudo = like === undefined ? name.charCodeAt(0) === COLON : like.pseudo;
    this.known = like === undefined ? knownId(name) : like.id;
    this.newest = newestId();
    this.nameSound = like === undefined ? this.pseudo || regularNameIsSound(this.known, name) : like.nameSound;
    this.malformed = !(this.pseudo ? value !== "" && pseudoIsSound(this.known, value) : this.nameSound && valueIsSound(value));
  }

  /** The name's id, 0 if nobody has mentioned the name. */
  get id(): number {
    if (this.known === 0 && this.newest !== newestId()) {
      this.known = knownId(this.name);
      this.newest = newestId();
    }
    return this.known;
  }
}

function pseudoIsSound(id: number, value: string): boolean {
  switch (id) {
    case METHOD: return METHOD_VALUE.test(value);
    case PATH: return PATH_VALUE.test(value);
    case AUTHORITY: return AUTHORITY_VALUE.test(value);
    case SCHEME: return SCHEME_VALUE.test(value);
    case STATUS: return STATUS_VALUE.test(value);
    case PROTOCOL: return valueIsSound(value);
    default: return false;
  }
}

/** Lower-case tokens, but none of those that only HTTP/1 has. */
function regularNameIsSound(id: number, name: string): boolean {
  if (id === CONNECTION || id === KEEP_ALIVE || id === PROXY_CONNECTION || id === TRANSFER_ENCODING || id === UPGRADE) return false;
  for (let i = 0; i < name.length; i++) if (TOKEN[name.charCodeAt(i)] !== name.charCodeAt(i)) return false;
  return name !== "";
}

/** Tabs, spaces, visible characters and bytes above 0x7f. */
export function valueIsSound(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if ((c < 32 && c !== 9) || c === 127) return false;
  }
  return true;
}
