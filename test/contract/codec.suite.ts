import { describe, expect, test } from "vitest";

/** A message as a codec's users see it. Header entries have lower-case names and one char a byte. */
export interface WireMessage {
  readonly head: readonly (readonly [string, string])[];
  readonly body?: readonly string[];
  readonly trailers?: readonly (readonly [string, string])[];
}

/** What arrived: entries as `name: value`, without those that frame the message. */
export interface Arrived {
  readonly head: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[] | undefined;
  readonly ended: boolean;
}

/** A client and a server of one protocol, joined byte for byte. */
export interface CodecPair {
  /** Sends a request and its response; the bytes travel in pieces of `size`. */
  exchange(request: WireMessage, response: WireMessage, size: number): { request: Arrived; response: Arrived };
}

const GET: WireMessage = { head: [[":authority", "h:80"], [":path", "/p?q=%2f"], [":method", "GET"], [":scheme", "http"]] };
const OK: readonly [string, string] = [":status", "200"];

function lines(entries: readonly (readonly [string, string])[]): string[] {
  return entries.map(([name, value]) => `${name}: ${value}`);
}

/** What every codec must do, both sides of it. */
export function codecSuite(name: string, connect: () => CodecPair): void {
  describe(`${name} as a codec`, () => {
    for (const size of [1, 7, 65_536]) {
      describe(`in pieces of ${size}`, () => {
        test("heads arrive in order, with repeated and empty values and bytes above 0x7f", () => {
          const extra: [string, string][] = [["x-a", "1"], ["x-b", ""], ["set-cookie", "a=b"], ["set-cookie", "c=d"], ["x-a", "2"], ["x-c", "\xe9\xff"], ["unknown-to-all", "yes"]];
          const { request, response } = connect().exchange({ head: [...GET.head, ...extra] }, { head: [OK, ...extra, ["content-length", "0"]] }, size);
          expect(request).toMatchObject({ body: "", trailers: undefined, ended: true });
          expect(request.head.slice(0, 3).sort()).toEqual([":authority: h:80", ":method: GET", ":path: /p?q=%2f"]);
          expect(request.head.filter((line) => !line.startsWith(":"))).toEqual(lines(extra));
          expect(response.head).toEqual([":status: 200", ...lines(extra), "content-length: 0"]);
        });

        test("bodies arrive whole, with and without a length", () => {
          const body = ["", "a", "b".repeat(size === 1 ? 300 : 100_000), "c"];
          const length = String(body.join("").length);
          for (const framing of [[["content-length", length]], []] as [string, string][][]) {
            const post: WireMessage = { head: [[":authority", "h"], [":path", "/"], [":method", "POST"], [":scheme", "http"], ...framing], body };
            const { request, response } = connect().exchange(post, { head: [OK, ...framing], body }, size);
            expect(request.body === body.join("") && response.body === body.join("")).toBe(true);
            expect([request.ended, response.ended]).toEqual([true, true]);
          }
        });

        test("trailers arrive after the body", () => {
          const trailers: [string, string][] = [["grpc-status", "0"], ["x-t", "1"], ["x-t", "2"]];
          const post: WireMessage = { head: [[":authority", "h"], [":path", "/"], [":method", "POST"], [":scheme", "http"]], body: ["abc"], trailers };
          const { request, response } = connect().exchange(post, { head: [OK], body: ["de"], trailers }, size);
          expect(request).toMatchObject({ body: "abc", trailers: lines(trailers), ended: true });
          expect(response).toMatchObject({ body: "de", trailers: lines(trailers), ended: true });
        });
      });
    }

    test("an answer to HEAD has no body, whatever its headers say; nor have 204 and 304", () => {
      const pair = connect();
      const head: WireMessage = { head: [[":authority", "h"], [":path", "/"], [":method", "HEAD"], [":scheme", "http"]] };
      expect(pair.exchange(head, { head: [OK, ["content-length", "5"]] }, 10).response).toMatchObject({ body: "", ended: true });
      expect(pair.exchange(GET, { head: [[":status", "204"]] }, 10).response).toMatchObject({ body: "", ended: true });
      expect(pair.exchange(GET, { head: [[":status", "304"], ["content-length", "7"]] }, 10).response).toMatchObject({ body: "", ended: true });
    });

    test("one exchange leaves nothing behind for the next", () => {
      const pair = connect();
      for (let i = 0; i < 20; i++) {
        const { request, response } = pair.exchange(
          { head: [[":authority", "h"], [":path", `/${i}`], [":method", i % 2 === 0 ? "GET" : "PUT"], [":scheme", "http"], [`x-${i}`, "1"]] },
          { head: [OK], body: i % 3 === 0 ? [] : [`body ${i}`] }, 1 + i,
        );
        expect(request.head).toContain(`:path: /${i}`);
        expect(request.head.filter((line) => line.startsWith("x-"))).toEqual([`x-${i}: 1`]);
        expect(response.body).toBe(i % 3 === 0 ? "" : `body ${i}`);
      }
    });
  });
}
