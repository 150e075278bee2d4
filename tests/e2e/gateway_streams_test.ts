/**
 * The real `qwen` behind the gateway of `exec`, where the streams of an account
 * fail after they have begun.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { Reply } from "../support/service.ts";
import { event } from "../support/replies.ts";
import { setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };
const PRINTED = /^The capital of France is Paris\.\n?$/;

/** Longer than the gateway holds a reply, which is 10 s. */
const KEPT_ALIVE_MS = 12_000;

const QUOTA = event(
  '{"error":{"message":"Free allocated quota exceeded.","code":"insufficient_quota"}}',
);

/** A chunk of an answer. */
function chunkOf(delta: object): string {
  const choices = [{ index: 0, delta, finish_reason: null }];
  return event(JSON.stringify({
    id: "chatcmpl-of-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "model-of-1",
    choices,
  }));
}

/** Sends keep-alives for a long time, and then reports the end of the quota. */
const OUT_AFTER_KEEP_ALIVES: Reply = {
  async *events() {
    yield chunkOf({ role: "assistant", content: "" });
    const end = performance.now() + KEPT_ALIVE_MS;
    while (performance.now() < end) {
      yield ": keep-alive\n\n";
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    yield QUOTA;
  },
};

for (const version of ["0.12.0", "0.24.4"]) {
  const name = `exec with qwen ${version}`;
  const keys = [1, 2];

  Deno.test(`${name} gets the whole answer of account 2 when account 1 is out of quota after 12 s of keep-alives`, async () => {
    const replies = [OUT_AFTER_KEEP_ALIVES, ANSWER];
    await using scene = await setScene(replies, { version, keys });
    const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertEquals(scene.askedAccounts(), [1, 2]);
    assertMatch(
      stderr,
      /account 1 is out of quota .*: continuing with account 2/,
    );
  });

  Deno.test(`${name} exits with 75 when every account is out of quota after keep-alives`, async () => {
    const replies = [OUT_AFTER_KEEP_ALIVES, { events: oneQuota }];
    await using scene = await setScene(replies, { version, keys });
    const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
    assertEquals({ code, stdout }, { code: 75, stdout: "" }, stderr);
    assertEquals(scene.askedAccounts(), [1, 2]);
  });

  Deno.test(`${name} asks account 2 when account 1 does not begin its answer in time`, async () => {
    await using scene = await setScene([{ hang: true }, ANSWER], {
      version,
      keys,
    });
    const { code, stdout, stderr } = await scene.exec([
      "--first-byte-timeout=1s",
      "--",
      PROMPT,
    ]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertEquals(scene.askedAccounts(), [1, 2]);
  });
}

async function* oneQuota(): AsyncGenerator<string> {
  yield await Promise.resolve(QUOTA);
}
