/**
 * How the replies in captured runs, and those of our own servers, are judged.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { judgeReply } from "./judging.ts";
import { answerResponse, toolCallResponse } from "../support/chat_wire.ts";
import { cutAtRandom, random } from "../support/cut.ts";
import {
  bytesOf,
  type CapturedReply,
  readReplies,
  responseOf,
} from "../support/replies.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

const REPLIES = await readReplies();

type Kind = VerdictKind | undefined;

/** The verdict on each captured reply, at first and after its beginning. */
const VERDICTS: Record<string, [verdict: Kind, later?: Kind]> = {
  "0.12.0/oauth-symlink.text.401-then-refresh": ["auth"],
  "0.12.0/oauth-symlink.text.403-always-refresh-ok": ["auth"],
  "0.12.0/openai.text.403-free-tier-only": ["quota"],
  "0.12.0/openai.text.429-ratelimit": ["throttle"],
  "0.12.0/qwen-oauth.json.401-invalid-key": ["auth"],
  "0.12.0/qwen-oauth.json.429-insufficient-quota": ["quota"],
  "0.12.0/qwen-oauth.json.malformed-sse": [undefined],
  "0.12.0/qwen-oauth.text.400-arrearage": ["quota"],
  "0.12.0/qwen-oauth.text.400-bad": ["client"],
  "0.12.0/qwen-oauth.text.429-allocated-quota": ["quota"],
  "0.12.0/qwen-oauth.text.429-insufficient-quota-current": ["quota"],
  "0.12.0/qwen-oauth.text.429-ratelimit-retryafter3600": ["throttle"],
  "0.12.0/qwen-oauth.text.504-html": ["transient"],
  "0.12.0/qwen-oauth.text.partial-then-error": [undefined, "quota"],
  "0.12.0/qwen-oauth.text.tool-then-429": [undefined],
  "0.24.4/openai.stream-json.503": ["transient"],
  "0.24.4/openai.text.402-payment": ["quota"],
  "0.24.4/openai.text.429-daily-reset": ["quota"],
  "0.24.4/openai.text.429-ratelimit-retryafter2": ["throttle"],
  "0.24.4/openai.text.sse-error-first": ["quota"],
  "0.24.4/openai.text.sse-throttle-finish": ["throttle"],
  "0.24.4/qwen-oauth-ext.text.429-quota-exceeded": ["quota"],
  "0.24.4/qwen-oauth-ext.text.malformed-json": [undefined],
  "0.5.2/qwen-oauth.text.404-model": ["client"],
};

for (const [name, [verdict, later]] of Object.entries(VERDICTS)) {
  Deno.test(`judgeReply() returns ${verdict}, then ${later}, for ${name}`, async () => {
    const reply = captured(name);
    const judged = await judgeReply(responseOf(reply));
    assertEquals(judged.verdict?.kind, verdict);
    assertEquals(
      await judged.response.text(),
      new TextDecoder().decode(bytesOf(reply)),
    );
    assertEquals((await judged.later)?.kind, later);
  });

  Deno.test(`judgeReply() returns the same however ${name} is cut`, async () => {
    const reply = captured(name);
    const next = random(3);
    for (let round = 0; round < 100; round++) {
      const judged = await judgeReply(
        responseOf(reply, (it) => cutAtRandom(it, next)),
      );
      assertEquals(judged.verdict?.kind, verdict);
      const bytes = await judged.response.bytes();
      assertEquals(bytes, new Uint8Array(bytesOf(reply)));
      assertEquals((await judged.later)?.kind, later);
    }
  });
}

const ANSWERS = [
  answerResponse("The 429 of Paris", { stream: true }),
  answerResponse("The 429 of Paris", { stream: false }),
  toolCallResponse({ name: "ls", args: { error: "429" } }, { stream: true }),
  toolCallResponse({ name: "ls", args: { error: "429" } }, { stream: false }),
];

for (const [number, answer] of ANSWERS.entries()) {
  Deno.test(`judgeReply() passes answer ${number} on unchanged`, async () => {
    const text = await answer.clone().text();
    const judged = await judgeReply(answer);
    assertEquals(judged.verdict, undefined);
    assertEquals([...judged.response.headers], [...answer.headers]);
    assertEquals(await judged.response.text(), text);
    assertEquals(await judged.later, undefined);
  });
}

Deno.test("judgeReply() names the model whose free quota is out", async () => {
  const reply = captured("0.12.0/openai.text.403-free-tier-only");
  const judged = await judgeReply(responseOf(reply), { model: "qwen3" });
  assertEquals(judged.verdict?.model, "qwen3");
  await judged.response.body?.cancel();
});

function captured(name: string): CapturedReply {
  const reply = REPLIES[name];
  if (!reply) throw new RangeError(`Cannot find the reply "${name}"`);
  return reply;
}
