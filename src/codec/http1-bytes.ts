/** Byte classes of HTTP/1. */
export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
export const COLON = 58;

/** 1: may stand in a header value (RFC 9110 5.5, obs-text included). */
export const VALUE = new Uint8Array(256).fill(1, SPACE);
VALUE[TAB] = 1;
VALUE[0x7f] = 0;

/** 1: may stand in a request target. */
export const TARGET = new Uint8Array(256).fill(1, 0x21, 0x7f);

/** Value of a hexadecimal digit, 0xff for all else. */
export const HEX = new Uint8Array(256).fill(0xff);
for (let i = 0; i < 16; i++) {
  HEX[i.toString(16).charCodeAt(0)] = i;
  HEX[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}
