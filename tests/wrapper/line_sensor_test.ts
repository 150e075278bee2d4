import { assert, assertEquals } from "@std/assert";
import { lineSensor } from "../../lib/wrapper/line_sensor.ts";

const STREAMS: Record<string, [chunks: string[], lines: string[]]> = {
  "in one chunk": [["one\ntwo\n"], ["one", "two"]],
  "in two chunks": [["on", "e\ntwo", "\n"], ["one", "two"]],
  "that are empty": [["\n\n"], ["", ""]],
  "as soon as they are whole": [["one\ntw"], ["one"]],
};

for (const [how, [chunks, lines]] of Object.entries(STREAMS)) {
  Deno.test(`lineSensor() reports lines ${how}`, () => {
    assertEquals(linesOf(chunks.map(encode)), lines);
  });
}

Deno.test("lineSensor() reports a line that comes byte by byte", () => {
  const bytes = [...encode("Grüße, 登录\n")].map((it) => Uint8Array.of(it));
  assertEquals(linesOf(bytes), ["Grüße, 登录"]);
});

Deno.test("lineSensor() keeps no more than a part of a line without an end", () => {
  const heard: string[] = [];
  const sensor = lineSensor((line) => heard.push(line));
  for (let at = 0; at < 100; at++) sensor(encode("x".repeat(10_000)));
  sensor(encode("\n"));
  assertEquals(heard.join(""), "x".repeat(1_000_000));
  assert(heard.length > 5, `${heard.length} parts`);
});

function linesOf(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const sensor = lineSensor((line) => lines.push(line));
  for (const chunk of chunks) sensor(chunk);
  return lines;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
