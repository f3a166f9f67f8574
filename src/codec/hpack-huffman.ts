/**
 * The Huffman code of HPACK (RFC 7541 5.2 and appendix B). The code is canonical: the lengths say everything.
 *
 * Decoding goes byte by byte through a table of 256 states (the inner nodes of the code's tree) by 256 bytes, 256 KiB, built on
 * first use. An entry: next state (bits 0-7), up to two symbols (8-15, 16-23), their number (24-25), failure (26).
 */
import type { Buffer } from "node:buffer";

/** The code's length for each byte, as a letter: `a` = 5 bits. The 257th symbol is EOS. */
const LENGTHS =
  "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix" +
  "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrsvvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz";

const SHORTEST = 5;
const LONGEST = 30;
const STATES = 256;
const EOS = 256;
const FAILURE = 1 << 26;

interface Code {
  readonly codes: Int32Array;
  readonly lengths: Uint8Array;
}

interface Decoding {
  readonly table: Int32Array;
  /** States in which the text may end: up to seven bits of padding, all ones. */
  readonly final: Uint8Array;
}

let code: Code | undefined;
let decoding: Decoding | undefined;

function codeOf(): Code {
  const lengths = new Uint8Array(EOS + 1);
  for (let i = 0; i <= EOS; i++) lengths[i] = LENGTHS.charCodeAt(i) - 97 + SHORTEST;
  const codes = new Int32Array(EOS + 1);
  let next = 0;
  for (let bits = SHORTEST; bits <= LONGEST; bits++, next <<= 1) {
    for (let i = 0; i <= EOS; i++) if (lengths[i] === bits) codes[i] = next++;
  }
  return { codes, lengths };
}

/** Two children a node: another node's number, or `~symbol`. */
function tree({ codes, lengths }: Code): Int16Array {
  const children = new Int16Array(STATES * 2);
  let nodes = 1;
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0;
    for (let bit = (lengths[symbol] as number) - 1; bit > 0; bit--) {
      const at = node * 2 + (((codes[symbol] as number) >>> bit) & 1);
      if (children[at] === 0) children[at] = nodes++;
      node = children[at] as number;
    }
    children[node * 2 + ((codes[symbol] as number) & 1)] = ~symbol;
  }
  return children;
}

function step(children: Int16Array, state: number, byte: number): number {
  let node = state;
  let entry = 0;
  let count = 0;
  for (let bit = 7; bit >= 0; bit--) {
    const child = children[node * 2 + ((byte >>> bit) & 1)] as number;
    if (child > 0) {
      node = child;
      continue;
    }
    if (~child === EOS) return FAILURE;
    entry |= ~child << (8 + count++ * 8);
    node = 0;
  }
  return entry | (count << 24) | node;
}

function build(): Decoding {
  const children = tree((code ??= codeOf()));
  const table = new Int32Array(STATES * 256);
  for (let state = 0; state < STATES; state++) for (let byte = 0; byte < 256; byte++) table[state * 256 + byte] = step(children, state, byte);
  const final = new Uint8Array(STATES);
  for (let depth = 0, node = 0; depth < 8; depth++) {
    final[node] = 1;
    node = children[node * 2 + 1] as number;
  }
  return { table, final };
}

/** Decodes `b[start, end)` into `out`, which has room for 8/5 of it. Returns the number of bytes, -1 if the text is not properly coded. */
export function decodeHuffman(b: Buffer, start: number, end: number, out: Buffer): number {
  const { table, final } = (decoding ??= build());
  let state = 0;
  let at = 0;
  for (let i = start; i < end; i++) {
    const entry = table[(state << 8) | (b[i] as number)] as number;
    const count = entry >>> 24;
    if (count !== 0) {
      if (count > 2) return -1;
      out[at++] = (entry >>> 8) & 0xff;
      if (count === 2) out[at++] = (entry >>> 16) & 0xff;
    }
    state = entry & 0xff;
  }
  return final[state] === 1 ? at : -1;
}

/** The bytes that `text` (one char a byte) takes when coded. */
export function huffmanLength(text: string): number {
  const { lengths } = (code ??= codeOf());
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 0xff] as number;
  return (bits + 7) >>> 3;
}

/** Writes `text` coded at `at`; returns the position after it. The caller has made room. */
export function encodeHuffman(text: string, out: Buffer, at: number): number {
  const { codes, lengths } = (code ??= codeOf());
  let held = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    let left = lengths[symbol] as number;
    const word = codes[symbol] as number;
    while (left > 0) {
      const take = Math.min(left, 8 - bits);
      left -= take;
      held = (held << take) | ((word >>> left) & ((1 << take) - 1));
      bits += take;
      if (bits < 8) continue;
      out[at++] = held;
      held = bits = 0;
    }
  }
  if (bits > 0) out[at++] = (held << (8 - bits)) | ((1 << (8 - bits)) - 1);
  return at;
}
