import { assertEquals } from "@std/assert";
import { createGateway } from "../../lib/gateway/gateway.ts";
import type { Counted, Refusal, WindowReading } from "../../lib/types.ts";
import { NOW } from "../support/account_folder.ts";
import { eventStream } from "../support/replies.ts";
import {
  startRawUpstream,
  startUpstream,
  type TestUpstream,
} from "../support/upstream.ts";
import { poolOf } from "./accounts.ts";
import { broken, ok, quota, refuse, TOKEN } from "./asking.ts";
import { gatewayClock } from "./gateway_clock.ts";

const USAGE = {
  prompt_tokens: 110,
  completion_tokens: 70,
  prompt_tokens_details: { cached_tokens: 30 },
  completion_tokens_details: { reasoning_tokens: 20 },
};

const chatEvent = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (id: string, delta: object, finish_reason?: string) =>
  chatEvent({ id, choices: [{ index: 0, delta, finish_reason }] });

const TEXT = chunk("a", { role: "assistant" }) + chunk("a", { content: "Hi" }) +
  chunk("a", {}, "stop");
const EXTRA = chatEvent({ id: "a", choices: [], usage: USAGE });
const DONE = "data: [DONE]\n\n";

const COUNTED = {
  requests: 1,
  inputTokens: 110,
  outputTokens: 70,
  cachedTokens: 30,
  reasoningTokens: 20,
  errors: {},
};

const REQUEST = { model: "coder", messages: [], stream: true };
const ASKS = { ...REQUEST, stream_options: { include_usage: true } };
const EXPECTED = { ...REQUEST, ...ASKS };

/** A service that counts a stream only if it is asked for that. */
const counting = () =>
  startUpstream(({ body }) => {
    const isAsked = JSON.parse(body).stream_options?.include_usage === true;
    return eventStream([TEXT, isAsked ? EXTRA : "", DONE]);
  });

Deno.test("the gateway asks for counts, and keeps the extra chunk from the client", async () => {
  await using service = counting();
  await using stage = stageOf([service]);
  assertEquals(await stage.ask(REQUEST), TEXT + DONE);
  assertEquals(JSON.parse(service.requests[0]?.body ?? ""), EXPECTED);
  assertEquals(stage.sums(), { 1: COUNTED });
});

for (
  const [what, options] of Object.entries({
    "true": { include_usage: true },
    "false": { include_usage: false },
    "null": null,
    "something else": { include_obfuscation: false },
  })
) {
  Deno.test(`the gateway changes nothing if the client asks for ${what}`, async () => {
    await using service = counting();
    await using stage = stageOf([service]);
    const request = { ...REQUEST, stream_options: options };
    const isAsked = what === "true";
    assertEquals(
      await stage.ask(request),
      TEXT + (isAsked ? EXTRA : "") + DONE,
    );
    assertEquals(service.requests[0]?.body, JSON.stringify(request));
    assertEquals(stage.sums()[1]?.inputTokens, isAsked ? 110 : 0);
  });
}

Deno.test("the gateway does not ask for counts without a stream", async () => {
  await using service = startUpstream(() =>
    Response.json({ choices: [{ message: { content: "Hi" } }], usage: USAGE })
  );
  await using stage = stageOf([service]);
  for (
    const request of [
      { model: "coder", messages: [] },
      { ...REQUEST, stream: false },
      { model: "coder", messages: [{ stream: true }], stream: false },
      { model: "coder", messages: ['"stream": true'] },
    ]
  ) {
    await stage.ask(request);
    assertEquals(service.requests.at(-1)?.body, JSON.stringify(request));
  }
  assertEquals(stage.sums()[1]?.reasoningTokens, 80);
});

Deno.test("the gateway asks for counts also if another model is asked for", async () => {
  await using service = counting();
  await using stage = stageOf([service], { modelFor: (it) => `${it}-2` });
  assertEquals(await stage.ask(REQUEST), TEXT + DONE);
  assertEquals(JSON.parse(service.requests[0]?.body ?? ""), {
    ...EXPECTED,
    model: "coder-2",
  });
  assertEquals(stage.counted[0]?.model, "coder-2");
});

for (const size of [1, 7, 10_000]) {
  Deno.test(`the answer is the same byte for byte in chunks of ${size}`, async () => {
    const text = `: hi\r\n\r\n${TEXT}event: message\r\n` +
      `data: ${JSON.stringify({ choices: [], usage: USAGE })}\r\n\r\n` +
      chatEvent({ choices: [], usage: null }) +
      chatEvent({ choices: [{ delta: { content: '"usage":{' } }] }) +
      "data: é漢🙂 not JSON\n\n" + DONE + "data: no end";
    const bytes = new TextEncoder().encode(text);
    await using service = startUpstream(() =>
      new Response(
        ReadableStream.from(
          Array.from(
            { length: Math.ceil(bytes.length / size) },
            (_, at) => bytes.slice(at * size, (at + 1) * size),
          ),
        ),
        { headers: { "content-type": "text/event-stream" } },
      )
    );
    await using stage = stageOf([service]);
    const extra = /event: message\r\n.*\r\n\r\n/;
    assertEquals(await stage.ask(REQUEST), text.replace(extra, ""));
    assertEquals(stage.sums(), { 1: COUNTED });
  });
}

Deno.test("a service that refuses to count is asked again at once, and once", async () => {
  await using service = startUpstream(({ body }) =>
    "stream_options" in JSON.parse(body)
      ? refuse(400, "Unknown parameter: 'stream_options'")()
      : eventStream([TEXT, DONE])
  );
  await using stage = stageOf([service]);
  for (let at = 0; at < 3; at++) {
    assertEquals(await stage.ask(REQUEST), TEXT + DONE);
  }
  const options = service.requests.map((it) =>
    "stream_options" in JSON.parse(it.body)
  );
  assertEquals(options, [true, false, false, false]);
  assertEquals(stage.sums()[1]?.requests, 4);
});

Deno.test("a request that the service refuses anyhow is passed on as such", async () => {
  await using service = startUpstream(refuse(400, "messages: field required"));
  await using stage = stageOf([service]);
  const text = await stage.ask(REQUEST);
  assertEquals(JSON.parse(text).error.message, "messages: field required");
  assertEquals(service.requests.length, 2);
  await stage.ask(REQUEST); // the service may still count
  assertEquals(service.requests.length, 4);
});

Deno.test("each attempt counts, with what its failure means", async () => {
  const failures = [broken, quota];
  await using first = startUpstream((_, number) => (failures[number] ?? ok)());
  await using second = startUpstream(() =>
    Response.json({ choices: [], usage: USAGE })
  );
  await using stage = stageOf([first, second], { backoffMs: [1] });
  await stage.ask({ model: "coder", messages: [] });
  assertEquals(stage.sums(), {
    1: { ...NOTHING, requests: 2, errors: { transient: 1, quota: 1 } },
    2: COUNTED,
  });
  assertEquals(stage.refusals, [{
    account: 1,
    model: "coder",
    at: NOW + 1, // after the pause
    kind: "quota",
    resetsAt: undefined,
  }]);
});

Deno.test("a refusal has the time that the service names", async () => {
  await using first = startUpstream(
    refuse(429, "Free allocated quota exceeded.", { "retry-after": "3600" }),
  );
  await using second = startUpstream(ok);
  await using stage = stageOf([first, second]);
  await stage.ask({ model: "coder", messages: [] });
  assertEquals(stage.refusals[0]?.resetsAt, NOW + 3_600_000);
});

Deno.test("an error in the middle of an answer counts", async () => {
  const error = chatEvent({ error: { message: "Rate limit exceeded" } });
  await using service = startUpstream(() => eventStream([TEXT, error]));
  await using stage = stageOf([service]);
  await stage.ask(ASKS);
  assertEquals(stage.sums()[1]?.errors, { throttle: 1 });
  assertEquals(stage.refusals.length, 1);
});

for (
  const [when, text] of Object.entries({
    "in the middle": TEXT,
    "before it begins": "",
  })
) {
  Deno.test(`an answer that is cut off ${when} counts`, async () => {
    await using service = startRawUpstream((connection) =>
      connection.write(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n" +
          `content-length: 1000\r\n\r\n${text}`,
      )
    );
    await using stage = stageOf([service]);
    await stage.ask(ASKS).catch(() => {});
    assertEquals(stage.sums()[1]?.errors.transient, 1);
  });
}

Deno.test("counts that no service can have are left out", async () => {
  const counts = ["-1", "1e300", "1e999", "null", '"5"', "{}"];
  await using service = startUpstream((_, number) =>
    new Response(
      `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":${
        counts[number]
      }}}`,
      { headers: { "content-type": "application/json" } },
    )
  );
  await using stage = stageOf([service]);
  for (const _ of counts) await stage.ask({ model: "coder" });
  assertEquals(stage.sums(), {
    1: { ...NOTHING, requests: 6, inputTokens: 30 },
  });
});

Deno.test("the headers of a reply are read", async () => {
  await using service = startUpstream(() =>
    Response.json({ choices: [] }, {
      headers: {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "60",
        "x-ratelimit-reset-requests": "60s",
      },
    })
  );
  await using stage = stageOf([service]);
  await stage.ask({ model: "coder" });
  const [reading] = stage.readings;
  assertEquals(reading?.account, 1);
  assertEquals(reading?.limit, 100);
  assertEquals(reading?.used, 40);
});

Deno.test("a gateway whose pool records nothing changes no request", async () => {
  await using service = counting();
  const pool = poolOf([service.url]);
  await using gateway = createGateway({ pool, token: TOKEN });
  const response = await gateway.fetch(requestWith(REQUEST));
  assertEquals(await response.text(), TEXT + DONE);
  assertEquals(service.requests[0]?.body, JSON.stringify(REQUEST));
});

const NOTHING = {
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  errors: {} as Record<string, number>,
};

/** A gateway for `services`, and what it records. */
function stageOf(
  services: readonly TestUpstream[],
  { backoffMs = [], modelFor }: {
    backoffMs?: number[];
    modelFor?: (model: string) => string;
  } = {},
) {
  const accounts = poolOf(services.map((it) => it.url));
  const counted: Counted[] = [];
  const readings: WindowReading[] = [];
  const refusals: Refusal[] = [];
  const pool: typeof accounts = {
    ...accounts,
    async take() {
      const turn = await accounts.take();
      const named = modelFor ?? turn.upstream.modelFor;
      return { ...turn, upstream: { ...turn.upstream, modelFor: named } };
    },
    sink: {
      count: (it) => void counted.push(it),
      read: (it) => void readings.push(it),
      refuse: (it) => void refusals.push(it),
    },
  };
  const system = gatewayClock(NOW);
  const gateway = createGateway({ pool, token: TOKEN, system, backoffMs });
  return {
    counted,
    readings,
    refusals,
    async ask(request: unknown): Promise<string> {
      const response = await gateway.fetch(requestWith(request));
      return await response.text();
    },
    /** What each account did. */
    sums() {
      const sums: Record<number, typeof NOTHING> = {};
      for (const { account, model: _, errors = {}, ...counts } of counted) {
        const sum = sums[account] ??= { ...NOTHING };
        for (const [name, count] of Object.entries(counts)) {
          Object.assign(sum, { [name]: Object(sum)[name] + count });
        }
        sum.errors = { ...sum.errors, ...errors };
      }
      return sums;
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

function requestWith(body: unknown): Request {
  return new Request("http://localhost/v1/chat/completions", {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
}
