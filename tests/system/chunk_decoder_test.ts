import { assertEquals, assertThrows } from "@std/assert";
import { ChunkDecoder } from "../../lib/system/chunk_decoder.ts";
import { cutAtRandom, random } from "../support/cut.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const CODED = encoder.encode(
  "3\r\nabc\r\n1A ; x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n1\r\n\n\r\n" +
    "0\r\nA: b\r\n\r\nHTTP/1.1 200",
);
const CONTENT = "abcabcdefghijklmnopqrstuvwxyz\n";

Deno.test("ChunkDecoder returns the content and the rest, however the bytes are cut", () => {
  for (let seed = 0; seed < 500; seed++) {
    const chunks = new ChunkDecoder();
    const contents: Uint8Array[] = [];
    let after = "";
    for (const it of cutAtRandom(CODED, random(seed))) {
      const { content, rest } = chunks.decode(it);
      contents.push(content);
      after += decoder.decode(rest);
    }
    const text = contents.map((it) => decoder.decode(it)).join("");
    assertEquals([text, after, chunks.hasEnded], [
      CONTENT,
      "HTTP/1.1 200",
      true,
    ]);
  }
});

Deno.test("ChunkDecoder refuses any other byte in the place of a line end", () => {
  const coded = encoder.encode("3;x\r\nabc\r\n0\r\nA: b\r\n\r\n");
  const ends = [...coded.keys()].filter((at) =>
    coded[at] === 0x0a || coded[at] === 0x0d && coded[at - 1] === 0x63
  );
  for (const at of ends) {
    const bytes = coded.with(at, 0x7a);
    assertThrows(() => new ChunkDecoder().decode(bytes), TypeError);
  }
});
