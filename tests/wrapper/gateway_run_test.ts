import { assertEquals, assertMatch } from "@std/assert";
import { QUOTA_EXCEEDED, type Reply } from "../support/provider.ts";
import { keyScene } from "./key_scene.ts";

const ANSWER: Reply = { answer: "Paris" };

/** It ends within a moment. */
const THROTTLED: Reply = {
  status: 429,
  body: {
    error: { message: "Rate limit reached", code: "rate_limit_exceeded" },
  },
  headers: { "retry-after-ms": "10" },
};

/** A part of an answer, and then no more quota. */
const CUT_SHORT: Reply = {
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: [
    { choices: [{ index: 0, delta: { content: "Lon" } }] },
    { error: QUOTA_EXCEEDED.body.error },
  ].map((it) => `data: ${JSON.stringify(it)}\n\n`).join(""),
};

Deno.test("call() runs the CLI once when the account is left in flight", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, ANSWER]);
  assertEquals(await scene.wrapper().call("hello"), {
    success: true,
    output: "Paris\n",
    error: undefined,
    verdict: "ok",
    exitCode: 0,
    attempts: 1,
    accountsTried: [1, 2],
  });
  assertEquals(scene.said, [
    "account 1 is out of quota (429 Free allocated quota exceeded.): " +
    "going on with account 2",
  ]);
});

Deno.test("call() says what each account lacks when all were left in flight", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, QUOTA_EXCEEDED]);
  const { error, attempts, accountsTried, verdict } = await scene.wrapper()
    .call("hello");
  assertEquals({ attempts, accountsTried, verdict }, {
    attempts: 1,
    accountsTried: [1, 2],
    verdict: "quota",
  });
  assertEquals(
    error,
    "No account is ready: account 1 is out of quota, account 2 is out of quota",
  );
  assertEquals(await scene.count("account_cooldown"), 2);
});

Deno.test("call() goes on with the login of the link when no key is left", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, QUOTA_EXCEEDED], {
    logins: 1,
  });
  const { output, attempts, accountsTried } = await scene.wrapper()
    .call("hello", { account: 1 });
  assertEquals({ output, attempts, accountsTried }, {
    output: "with the link: --auth-type=qwen-oauth --prompt=hello\n",
    attempts: 2,
    accountsTried: [1, 2, 3],
  });
});

Deno.test("call() runs the CLI again when quota ends in the midst of an answer", async () => {
  await using scene = await keyScene([CUT_SHORT, ANSWER]);
  const { output, attempts, accountsTried } = await scene.wrapper()
    .call("hello");
  assertEquals({ output, attempts, accountsTried }, {
    output: "Paris\n",
    attempts: 2,
    accountsTried: [1, 2],
  });
  assertEquals(scene.said, [
    "account 1 is out of quota (Free allocated quota exceeded.): " +
    "going on with account 2",
    "account 1 broke off its answer: trying account 2",
  ]);
  assertEquals(await scene.count("account_cooldown"), 1);
});

Deno.test("call() waits with the only account when that is asked too often", async () => {
  let asked = 0;
  const reply = () => asked++ < 2 ? THROTTLED : ANSWER;
  await using scene = await keyScene([reply]);
  const { output, attempts } = await scene.wrapper().call("hello");
  assertEquals({ output, attempts, asked }, {
    output: "Paris\n",
    attempts: 1,
    asked: 3,
  });
});

Deno.test("call() asks no other account when maxRetries is 0", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, ANSWER]);
  const { verdict, attempts, accountsTried } = await scene.wrapper()
    .call("hello", { maxRetries: 0 });
  assertEquals({ verdict, attempts, accountsTried }, {
    verdict: "quota",
    attempts: 1,
    accountsTried: [1],
  });
  assertEquals(scene.provider.requests.length, 1);
});

Deno.test("call() switches once when five meet the same exhaustion", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, ANSWER, ANSWER]);
  const results = await Promise.all(
    Array.from({ length: 5 }, () => scene.wrapper().call("hello")),
  );
  assertEquals(results.map((it) => it.output), Array(5).fill("Paris\n"));
  assertEquals(await scene.count("account_switch"), 1);
});

Deno.test("call() waits for a reset when it may", async () => {
  let asked = 0;
  const soon: Reply = { ...QUOTA_EXCEEDED, headers: { "retry-after": "1" } };
  await using scene = await keyScene([() => asked++ === 0 ? soon : ANSWER]);
  const { output, attempts } = await scene.wrapper()
    .call("hello", { waitMs: 10_000 });
  assertEquals({ output, attempts }, { output: "Paris\n", attempts: 2 });
});

Deno.test("call() blames no account when the request itself is refused", async () => {
  const refused: Reply = {
    status: 400,
    body: { error: { message: "bad input", code: "invalid_request_error" } },
  };
  await using scene = await keyScene([refused, ANSWER]);
  const { verdict, accountsTried } = await scene.wrapper().call("hello");
  assertEquals({ verdict, accountsTried }, {
    verdict: "client",
    accountsTried: [1],
  });
  assertEquals(await scene.count("account_cooldown"), 0);
});

Deno.test("call() ends the requests under way when its time is up", async () => {
  await using scene = await keyScene([{ hang: true }, ANSWER]);
  const { verdict, accountsTried } = await scene.wrapper()
    .call("hello", { timeoutMs: 1_500 });
  assertEquals({ verdict, accountsTried }, {
    verdict: "timeout",
    accountsTried: [1],
  });
});

Deno.test("call() asks each account for the model that it has", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, QUOTA_EXCEEDED, ANSWER], {
    models: {
      2: { OPENAI_MODEL: "second" },
      3: { ACCOUNT_QWEN_MODELS: "qwen3=third" },
    },
  });
  await scene.wrapper().call("hello");
  const asked = scene.provider.requests.map((it) => it.model);
  assertEquals(asked, ["qwen3", "second", "third"]);
});

Deno.test("call() gives the CLI the key itself when the mode is link", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, ANSWER]);
  const { attempts, accountsTried } = await scene.wrapper()
    .call("hello", { mode: "link" });
  assertEquals({ attempts, accountsTried }, {
    attempts: 2,
    accountsTried: [1, 2],
  });
  assertMatch(scene.said.join("\n"), /: trying account 2$/);
});
