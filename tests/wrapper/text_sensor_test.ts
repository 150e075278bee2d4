import { assertEquals } from "@std/assert";
import { textSensor } from "../../lib/wrapper/text_sensor.ts";

const TEXT = "Grüße, dead login";

const FOUND: Record<string, string[]> = {
  "is a chunk of its own": [TEXT],
  "is in the middle of a chunk": [`before ${TEXT} after`],
  "comes in two chunks": ["before Grüße, de", "ad login after"],
  "begins twice": ["Grüße, dead lo", "Grüße, dead lo", "gin"],
};

for (const [when, chunks] of Object.entries(FOUND)) {
  Deno.test(`textSensor() calls once when the text ${when}`, () => {
    assertEquals(callsFor(chunks.map(encode)), 1);
  });
}

Deno.test("textSensor() calls when the text comes byte by byte", () => {
  assertEquals(callsFor([...encode(TEXT)].map((it) => Uint8Array.of(it))), 1);
});

Deno.test("textSensor() calls once when the text comes again", () => {
  assertEquals(callsFor([encode(TEXT), encode(TEXT + TEXT)]), 1);
});

Deno.test("textSensor() does not call when other bytes are in between", () => {
  const chunks = ["Grüße, dead", "\n", " login", "Grüße, dead logi"];
  assertEquals(callsFor(chunks.map(encode)), 0);
});

function callsFor(chunks: readonly Uint8Array[]): number {
  let calls = 0;
  const sensor = textSensor(TEXT, () => calls++);
  for (const chunk of chunks) sensor(chunk);
  return calls;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
