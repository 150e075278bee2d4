import { assertEquals } from "@std/assert";
import { parseStructuredOutput } from "../../lib/quota/structured_output.ts";
import { FORMATS, structured } from "../support/qwen_output.ts";

for (const format of FORMATS) {
  const as = `in ${format}`;

  Deno.test(`parseStructuredOutput() reads a good answer ${as}`, () => {
    const stdout = structured(format, { result: "Paris.", tokens: 5 });
    const expected = { failed: false, message: "Paris." };
    assertEquals(parseStructuredOutput(stdout), expected);
  });

  Deno.test(`parseStructuredOutput() reads an error that is told ${as}`, () => {
    const message = "[API Error: 401 Incorrect API key provided.]";
    const stdout = structured(format, { error: message });
    const expected = { failed: true, message };
    assertEquals(parseStructuredOutput(stdout), expected);
  });

  const BANNERS = [
    "[API Error: 429 Too Many Requests]",
    "Qwen OAuth quota exceeded: Your free daily quota has been reached.\n\nTo",
    "The capital of France [API Error: Free allocated quota exceeded.]",
  ];
  for (const message of BANNERS) {
    Deno.test(`parseStructuredOutput() knows the error in the answer ${as}: ${message}`, () => {
      const stdout = structured(format, { result: message, errors: 1 });
      const expected = { failed: true, message };
      assertEquals(parseStructuredOutput(stdout), expected);
    });
  }

  const QUOTES = [
    "[API Error: 429 Too Many Requests]",
    "It prints [API Error: 429 Too Many Requests]",
    "Qwen OAuth quota exceeded: is what it says",
    'Look for {"type":"result","is_error":true} and 429',
  ];
  for (const result of QUOTES) {
    Deno.test(`parseStructuredOutput() lets an answer quote ${as}: ${result}`, () => {
      const stdout = structured(format, { result, tokens: 9 });
      const expected = { failed: false, message: result };
      assertEquals(parseStructuredOutput(stdout), expected);
    });
  }

  Deno.test(`parseStructuredOutput() returns undefined when it is cut short ${as}`, () => {
    const stdout = structured(format, { result: "Paris.", tokens: 5 });
    assertEquals(parseStructuredOutput(stdout.slice(0, -20)), undefined);
  });

  Deno.test(`parseStructuredOutput() reads output whose middle is missing ${as}`, () => {
    const stdout = structured(format, { result: "Paris.", tokens: 5 });
    const at = stdout.indexOf('"content"');
    const both = `${stdout.slice(0, at)}\n${stdout.slice(at + 9)}`;
    assertEquals(parseStructuredOutput(both)?.message, "Paris.");
  });
}

const TEXTS = [
  "",
  "The capital of France is Paris.",
  '{"type":"result","is_error":true,"error":{"message":"429"}}',
  'Like this: {"type":"system","subtype":"init",...\n{"type":"result"}',
];

for (const text of TEXTS) {
  Deno.test(`parseStructuredOutput() returns undefined for the text: ${text}`, () => {
    assertEquals(parseStructuredOutput(text), undefined);
  });
}
