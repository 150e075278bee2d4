import { assertEquals } from "@std/assert";
import { parseStructuredOutput } from "../../../lib/agents/qwen/structured_output.ts";
import { FORMATS, structured } from "../../support/qwen_output.ts";

for (const format of FORMATS) {
  const as = `in ${format}`;

  Deno.test(`parseStructuredOutput() reads a good answer ${as}`, () => {
    const stdout = structured(format, { result: "Paris.", tokens: 5 });
    const expected = { failed: false, message: "Paris." };
    assertEquals(parseStructuredOutput(stdout), expected);
  });

  Deno.test(`parseStructuredOutput() reads an error ${as}`, () => {
    const message = "[API Error: 401 Incorrect API key provided.]";
    const stdout = structured(format, { error: message });
    const expected = { failed: true, message };
    assertEquals(parseStructuredOutput(stdout), expected);
  });

  const BANNERS: [answer: string, error: string][] = [
    ["", "[API Error: 429 Too Many Requests]"],
    [
      "",
      "Qwen OAuth quota exceeded: Your free daily quota has been reached.\n\nTo",
    ],
    ["The capital of France ", "[API Error: Free allocated quota exceeded.]"],
    ["403: [API Error: 403 No] is what it prints ", "[API Error: terminated]"],
  ];
  for (const [answer, message] of BANNERS) {
    Deno.test(`parseStructuredOutput() reads only the error ${as} from: ${answer}${message}`, () => {
      const result = answer + message;
      const stdout = structured(format, { result, errors: 1 });
      const expected = { failed: true, message };
      assertEquals(parseStructuredOutput(stdout), expected);
    });
  }

  const POSSIBLE =
    "Possible quota limitations in place or slow response times " +
    "detected. Please wait and try again later.";
  const GEMINI =
    "Please wait and try again later. To increase your limits, ask";
  for (const hint of [POSSIBLE, GEMINI]) {
    Deno.test(`parseStructuredOutput() reads an error ${as} before: ${hint}`, () => {
      const error = "[API Error: 429 Slow down]";
      const result = `${error}\n${hint}`;
      const stdout = structured(format, { result, errors: 1 });
      assertEquals(parseStructuredOutput(stdout), {
        failed: true,
        message: error,
      });
    });
  }

  Deno.test(`parseStructuredOutput() recognizes an answer without text ${as}`, () => {
    const result = "[API Error: Model stream ended with empty response text.]";
    const stdout = structured(format, { result, tokens: 5 });
    const expected = { failed: true, message: result };
    assertEquals(parseStructuredOutput(stdout), expected);
  });

  Deno.test(`parseStructuredOutput() trusts the log about an error at the end ${as}`, () => {
    const result = "[API Error: 429 Too Many Requests]";
    const stdout = structured(format, { result, tokens: 9 });
    const { failed } = parseStructuredOutput(stdout, { loggedError: true }) ??
      {};
    assertEquals(failed, true);
    const good = structured(format, { result: "Paris.", tokens: 9 });
    assertEquals(
      parseStructuredOutput(good, { loggedError: true })?.failed,
      false,
    );
  });

  const QUOTES = [
    "[API Error: 429 Too Many Requests]",
    "It prints [API Error: 429 Too Many Requests]",
    "Qwen OAuth quota exceeded: is what it says",
    'Look for {"type":"result","is_error":true} and 429',
  ];
  for (const result of QUOTES) {
    Deno.test(`parseStructuredOutput() allows quotes in an answer ${as}: ${result}`, () => {
      const stdout = structured(format, { result, tokens: 9 });
      const expected = { failed: false, message: result };
      assertEquals(parseStructuredOutput(stdout), expected);
    });
  }

  Deno.test(`parseStructuredOutput() returns undefined for truncated output ${as}`, () => {
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

Deno.test("parseStructuredOutput() counts only the tokens of the last turn", () => {
  const result = "[API Error: 429 Too Many Requests]";
  const turn = (output_tokens: number) => ({
    type: "assistant",
    message: { role: "assistant", usage: { output_tokens } },
  });
  const stdoutOf = (...tokens: number[]) =>
    [
      { type: "system", subtype: "init", model: "m" },
      ...tokens.map(turn),
      { type: "result", is_error: false, result, usage: { output_tokens: 9 } },
    ].map((it) => JSON.stringify(it)).join("\n");
  assertEquals(parseStructuredOutput(stdoutOf(9, 0))?.failed, true);
  assertEquals(parseStructuredOutput(stdoutOf(0, 9))?.failed, false);
});

Deno.test("parseStructuredOutput() reads an error before any session (0.8.2 to 0.24.4)", () => {
  const message = "Missing API key for OpenAI-compatible auth.";
  const result = JSON.stringify({
    type: "result",
    subtype: "error_during_execution",
    uuid: "49912878-0dbd-4c48-b167-f931cbba2687",
    is_error: true,
    error: { message },
  });
  const expected = { failed: true, message };
  assertEquals(parseStructuredOutput(`[${result}]\n`), expected);
});

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
