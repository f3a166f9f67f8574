import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { BAD_BLOCK, HpackDecoder } from "../../src/codec/hpack-decoder.ts";
import { HpackEncoder } from "../../src/codec/hpack-encoder.ts";
import { decodeHuffman, encodeHuffman, huffmanLength } from "../../src/codec/hpack-huffman.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { headerLines } from "../support/http1-log.ts";
import { newDice, type Dice } from "../support/random.ts";

function decodeAll(decoder: HpackDecoder, block: Buffer): string[] {
  const lines: string[] = [];
  const at = decoder.decode(block, 0, block.length, true, { onField: ({ name, value }) => lines.push(`${name}: ${value}`) });
  expect(at).toBe(block.length);
  return lines;
}

function encodeAll(encoder: HpackEncoder, head: HeaderBlock): Buffer {
  const out = Buffer.alloc(encoder.room(head));
  return Buffer.from(out.subarray(0, encoder.encode(head, out, 0)));
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

describe("the examples of RFC 7541", () => {
  const requests = [
    [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
    [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
    [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"],
  ];

  test("requests without Huffman coding (C.3) fill the table as it says", () => {
    const decoder = new HpackDecoder(4096, 65_536);
    const blocks = ["828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"];
    expect(blocks.map((block) => decodeAll(decoder, hex(block)))).toEqual(requests);
    expect(decoder.tableSize).toBe(164);
  });

  test("requests with Huffman coding (C.4)", () => {
    const decoder = new HpackDecoder(4096, 65_536);
    const blocks = ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"];
    expect(blocks.map((block) => decodeAll(decoder, hex(block)))).toEqual(requests);
  });

  test("responses with Huffman coding and a table that overflows (C.6)", () => {
    const decoder = new HpackDecoder(256, 65_536);
    expect(decodeAll(decoder, hex("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"))).toEqual(
      [":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
    );
    expect(decodeAll(decoder, hex("4883640effc1c0bf"))[0]).toBe(":status: 307");
    expect(decoder.tableSize).toBe(222);
  });
});

describe("the decoder refuses", () => {
  test.each([
    ["an index that is nowhere", "be"], ["the index 0", "80"], ["a table larger than allowed", "3fe21f"], ["a change of the table after a field", "82 20"],
    ["an integer without end", "ffffffffffffffffff7f"], ["a text with seven bits of padding and one more", "4001610182ffff"], ["the symbol EOS", "4001 6184ffffffff"],
    ["padding that is not of ones", "400161 8118"],
  ])("%s", (_what, block) => {
    const bytes = hex(block);
    const at = new HpackDecoder(4096, 65_536).decode(bytes, 0, bytes.length, true, { onField: () => {} });
    expect(at === BAD_BLOCK || at < bytes.length).toBe(true);
  });

  test("a text longer than is wanted", () => {
    const block = Buffer.concat([hex("4001617f8101"), Buffer.alloc(256, 97)]);
    expect(new HpackDecoder(4096, 100).decode(block, 0, block.length, true, { onField: () => {} })).toBe(BAD_BLOCK);
  });
});

function randomText(dice: Dice, most: number): string {
  let text = "";
  for (let i = dice.below(most); i > 0; i--) text += String.fromCharCode(dice.below(4) === 0 ? dice.below(256) : 97 + dice.below(26));
  return text;
}

test("Huffman coding and decoding agree on every text", () => {
  const dice = newDice();
  for (let i = 0; i < 300; i++) {
    const text = randomText(dice, 200);
    const coded = Buffer.alloc(1000);
    const end = encodeHuffman(text, coded, 0);
    expect(end).toBe(huffmanLength(text));
    const out = Buffer.alloc(end * 2);
    expect(out.toString("latin1", 0, decodeHuffman(coded, 0, end, out)), `LEGATE_SEED=${dice.seed}`).toBe(text);
  }
});

test("what one connection's encoder writes its decoder reads, block after block, whatever the table's size and wherever it is cut", () => {
  const dice = newDice();
  for (let round = 0; round < 40; round++) {
    const size = dice.pick([0, 64, 200, 4096, 65_536]);
    const encoder = new HpackEncoder(size, dice.below(2) === 0);
    const decoder = new HpackDecoder(Math.max(4096, size), 65_536);
    const values = Array.from({ length: 6 }, () => randomText(dice, 60));
    for (let block = 0; block < 30; block++) {
      if (dice.below(8) === 0) encoder.allow(dice.pick([0, 100, 4096, 65_536]));
      const lines: [string, string][] = [[":authority", "h"], [":path", `/${block}`], [":method", dice.pick(["GET", "PUT"])], [":scheme", "https"]];
      for (let i = dice.below(12); i > 0; i--) lines.push([dice.pick(["x-unknown", "x-b", "accept", "server", "cookie", "etag", `x-${block}`]), dice.pick(values)]);
      const head = HeaderBlock.of(lines);
      const bytes = encodeAll(encoder, head);
      expect(piecewise(decoder, bytes, dice), `LEGATE_SEED=${dice.seed}`).toEqual(headerLines(head));
    }
  }
});

function piecewise(decoder: HpackDecoder, bytes: Buffer, dice: Dice): string[] {
  const lines: string[] = [];
  let from = 0;
  for (let to = 0; to < bytes.length;) {
    to = Math.min(bytes.length, to + 1 + dice.below(20));
    const at = decoder.decode(bytes, from, to, from === 0, { onField: ({ name, value }) => lines.push(`${name}: ${value}`) });
    expect(at).toBeGreaterThanOrEqual(from);
    from = at;
  }
  expect(from).toBe(bytes.length);
  return lines;
}

test("values that come again take one byte each; paths, dates and secrets are never put into the table", () => {
  const encoder = new HpackEncoder(4096, false);
  const head = HeaderBlock.of([[":status", "200"], ["server", "envoy"], ["x-a", "always"], ["date", "today"], ["authorization", "secret"]]);
  const first = encodeAll(encoder, head);
  const second = encodeAll(encoder, head);
  expect(second.length).toBe(first.length - "envoy".length - 1 - "x-a".length - "always".length - 2);
  expect(second.includes("today") && second.includes("secret")).toBe(true);
});

test("random bytes never harm the decoder", () => {
  const dice = newDice();
  const decoder = new HpackDecoder(4096, 65_536);
  for (let i = 0; i < 3000; i++) {
    const block = Buffer.from(Array.from({ length: dice.below(60) }, () => dice.below(256)));
    const at = decoder.decode(block, 0, block.length, true, { onField: () => {} });
    expect(at >= BAD_BLOCK && at <= block.length && decoder.tableSize <= 4096, `LEGATE_SEED=${dice.seed}`).toBe(true);
  }
});
