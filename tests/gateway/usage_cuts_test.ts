import { assertEquals } from "@std/assert";
import { withUsage } from "../../lib/gateway/usage.ts";
import type { Usage } from "../../lib/gateway/wire/wire.ts";
import { WIRES } from "../../lib/gateway/wire/wires.ts";
import type { WireName } from "../../lib/agents/formats.ts";

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const CHAT = event({ choices: [{ delta: { content: "額🙂" } }], usage: null }) +
  event({ choices: [{ delta: { content: '"usage":{' } }] });
const EXTRA = event({
  choices: [],
  note: "漢🙂",
  usage: { prompt_tokens: 9, completion_tokens: 7 },
});
const DONE = "data: [DONE]\n\n";

const COUNTED = { inputTokens: 9, outputTokens: 7, cachedTokens: 0 };

/** A stream of each format, all with the same counts. */
const STREAMS: readonly (readonly [WireName, string])[] = [
  ["openai_chat", CHAT + EXTRA + DONE],
  [
    "anthropic_messages",
    event({
      type: "message_start",
      message: { usage: { input_tokens: 9, output_tokens: 1 } },
    }) + event({ type: "content_block_delta", delta: { text: "漢" } }) +
    event({ type: "message_delta", usage: { output_tokens: 7 } }),
  ],
  [
    "openai_responses",
    event({ type: "response.created", response: { usage: null } }) +
    event({ type: "response.output_text.delta", delta: "漢" }) +
    event({
      type: "response.completed",
      response: { usage: { input_tokens: 9, output_tokens: 7 } },
    }),
  ],
];

const LINE_ENDS = { LF: "\n", CRLF: "\r\n", CR: "\r" };

for (const [wire, stream] of STREAMS) {
  for (const [name, lineEnd] of Object.entries(LINE_ENDS)) {
    Deno.test(`withUsage() counts a stream of ${wire} with ${name} wherever it is cut`, async () => {
      const text = stream.replaceAll("\n", lineEnd);
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at <= bytes.length; at++) {
        const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
        const { passed, counted } = await read(pieces, { wire });
        assertEquals(passed, text, `cut at ${at}`);
        assertEquals(counted, [{ ...COUNTED, reasoningTokens: 0 }], `${at}`);
      }
    });
  }
}

for (const [name, lineEnd] of Object.entries(LINE_ENDS)) {
  Deno.test(`withUsage() hides the extra event with ${name} wherever it is cut`, async () => {
    const [text, rest] = [CHAT + EXTRA + DONE, CHAT + DONE]
      .map((it) => it.replaceAll("\n", lineEnd));
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      const { passed, counted } = await read(pieces, { hidesExtra: true });
      assertEquals(passed, rest, `cut at ${at}`);
      assertEquals(counted, [{ ...COUNTED, reasoningTokens: 0 }], `${at}`);
    }
  });
}

for (const hidesExtra of [false, true]) {
  Deno.test(`withUsage() counts after an event of 3 MB (hidesExtra: ${hidesExtra})`, async () => {
    const long = event({
      choices: [{ delta: { content: "é".repeat(1.5e6) } }],
    });
    const bytes = new TextEncoder().encode(long + EXTRA + DONE);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 65_536) {
      pieces.push(bytes.subarray(at, at + 65_536));
    }
    const { passed, counted } = await read(pieces, { hidesExtra });
    assertEquals(passed === long + (hidesExtra ? "" : EXTRA) + DONE, true);
    assertEquals(counted, [{ ...COUNTED, reasoningTokens: 0 }]);
  });
}

Deno.test("withUsage() counts an event of 0.9 MB that ends with the counts", async () => {
  const text = event({
    type: "response.completed",
    response: {
      output: "a".repeat(900_000),
      usage: { input_tokens: 9, output_tokens: 7 },
    },
  });
  const bytes = new TextEncoder().encode(text);
  const pieces = [bytes.subarray(0, 500_000), bytes.subarray(500_000)];
  const { counted } = await read(pieces, { wire: "openai_responses" });
  assertEquals(counted, [{ ...COUNTED, reasoningTokens: 0 }]);
});

async function read(
  pieces: Uint8Array[],
  { wire = "openai_chat", hidesExtra }: {
    wire?: WireName;
    hidesExtra?: boolean;
  },
): Promise<{ passed: string; counted: Usage[] }> {
  const left = pieces.filter((it) => it.length > 0);
  const counted: Usage[] = [];
  const { body } = withUsage({
    status: 200,
    headers: new Headers({ "content-type": "text/event-stream" }),
    body: {
      read: () => Promise.resolve(left.shift()),
      cancel: () => Promise.resolve(),
    },
  }, {
    wire: WIRES[wire],
    onUsage: (it) => void counted.push(it),
    hidesExtra,
  });
  const decoder = new TextDecoder();
  let passed = "";
  for (let it = await body?.read(); it; it = await body?.read()) {
    passed += decoder.decode(it, { stream: true });
  }
  return { passed, counted };
}
