import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { listenWith } from "../system/failing_listener.ts";
import { QUOTA_EXCEEDED, type Reply } from "../support/service.ts";
import { type KeyScene, keyScene } from "./key_scene.ts";
import { assertCode } from "../support/assert_fails.ts";

const ANSWER: Reply = { answer: "Paris" };

/** The cooldown ends in a moment. */
const THROTTLED: Reply = {
  status: 429,
  body: {
    error: { message: "Rate limit reached", code: "rate_limit_exceeded" },
  },
  headers: { "retry-after-ms": "10" },
};

/** Part of an answer, and then a quota error. */
const CUT_SHORT: Reply = {
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: [
    { choices: [{ index: 0, delta: { content: "Lon" } }] },
    { error: QUOTA_EXCEEDED.body.error },
  ].map((it) => `data: ${JSON.stringify(it)}\n\n`).join(""),
};

Deno.test("call() runs the agent once when the account is left in flight", async () => {
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
    "account 1 is out of quota (429 Free allocated quota exceeded): " +
    "continuing with account 2",
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

Deno.test("call() continues with the login of the link when no key is left", async () => {
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

Deno.test("call() runs the agent again when quota ends in the middle of an answer", async () => {
  await using scene = await keyScene([CUT_SHORT, ANSWER]);
  const { output, attempts, accountsTried } = await scene.wrapper()
    .call("hello");
  assertEquals({ output, attempts, accountsTried }, {
    output: "Paris\n",
    attempts: 2,
    accountsTried: [1, 2],
  });
  assertEquals(scene.said, [
    "account 1 is out of quota (Free allocated quota exceeded): " +
    "continuing with account 2",
    "account 1 stopped in the middle of its answer: continuing with account 2",
  ]);
  assertEquals(await scene.count("account_cooldown"), 1);
});

Deno.test("call() waits with the only account when that is rate-limited", async () => {
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
  assertEquals(scene.service.requests.length, 1);
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

Deno.test("call() blames no account if the request itself is refused", async () => {
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

Deno.test("call() ends the requests in flight when its time is up", async () => {
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
  const asked = scene.service.requests.map((it) => it.model);
  assertEquals(asked, ["qwen3", "second", "third"]);
});

Deno.test("call() gives the agent the key itself when the mode is link", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, ANSWER]);
  const { attempts, accountsTried } = await scene.wrapper()
    .call("hello", { mode: "link" });
  assertEquals({ attempts, accountsTried }, {
    attempts: 2,
    accountsTried: [1, 2],
  });
  assertMatch(scene.said.join("\n"), /: continuing with account 2$/);
});

const MISTAKEN: Record<string, string> = {
  "429 Free allocated quota exceeded.": "quota",
  "401 Incorrect API key provided": "auth",
  "429 Rate limit reached": "throttle",
};

for (const [lie, kind] of Object.entries(MISTAKEN)) {
  Deno.test(`call() charges no account when the agent itself reports ${kind}`, async () => {
    await using scene = await keyScene([ANSWER, ANSWER]);
    const bin = await failingAfter(scene, `[API Error: ${lie}]`);
    const result = await scene.wrapper({ bin }).call("hello");
    assertEquals(result, {
      success: false,
      output: "",
      error: `The run with account 1 failed: ${lie}`,
      verdict: "failed",
      exitCode: 1,
      attempts: 1,
      accountsTried: [1],
    });
    assertEquals(await scene.count("account_cooldown"), 0);
    assertEquals(await scene.count("account_switch"), 0);
  });
}

Deno.test("call() charges no account when the agent sends a key that is not that of the run", async () => {
  await using scene = await keyScene([ANSWER, ANSWER]);
  const refused = "[API Error: 401 The key of this run is missing or wrong]";
  const bin = await program(
    scene,
    `OPENAI_API_KEY=foreign '${scene.home.path}/ask_api' "$@"\n` +
      `echo '${refused}' >&2\nexit 1`,
  );
  const { verdict, accountsTried } = await scene.wrapper({ bin }).call("hi");
  assertEquals({ verdict, accountsTried }, {
    verdict: "failed",
    accountsTried: [1],
  });
  assertEquals(await scene.count("account_blocked"), 0);
  assertEquals(await scene.count("account_switch"), 0);
});

Deno.test("call() goes by the reply that was passed on when the agent calls it another name", async () => {
  const refused: Reply = {
    status: 400,
    body: { error: { message: "bad input", code: "invalid_request_error" } },
  };
  await using scene = await keyScene([refused, ANSWER]);
  const bin = await failingAfter(scene, "[API Error: 429 slow down]");
  const { verdict, accountsTried } = await scene.wrapper({ bin }).call("hi");
  assertEquals({ verdict, accountsTried }, {
    verdict: "client",
    accountsTried: [1],
  });
  assertEquals(await scene.count("account_cooldown"), 0);
});

Deno.test("call() runs the agent again when another answer came after the one that was cut off", async () => {
  await using scene = await keyScene([CUT_SHORT, ANSWER]);
  const asks = `'${scene.home.path}/ask_api' "$@"`;
  const twice = await program(
    scene,
    `${asks} || { ${asks} >/dev/null; exit 1; }`,
  );
  const result = await scene.wrapper({ bin: twice }).call("hello");
  assertEquals(result.accountsTried, [1, 2]);
  assertMatch(
    scene.said.at(-1) ?? "",
    /^account 1 .*: continuing with account 2$/,
  );
  assertEquals(result.success, true);
});

Deno.test("call() names the account that was asked last when all are broken", async () => {
  const body = { error: { message: "oops" } };
  const broken: Reply = { status: 500, body };
  await using scene = await keyScene([broken, broken, broken, broken]);
  const { error } = await scene.wrapper().call("hello", { maxRetries: 2 });
  assertEquals(
    error,
    "Cannot reach the service of account 3: 500 oops",
  );
});

Deno.test("call() rejects with an error on our side, and the agent stops at once", async () => {
  let lock: Deno.FsFile | undefined;
  await using scene = await keyScene([() => {
    if (!lock) {
      lock = Deno.openSync(`${scene.home.dir}/state.yaml.lock`, {
        write: true,
      });
      lock.lockSync(true);
    }
    return QUOTA_EXCEEDED;
  }, ANSWER]);
  const wrapper = scene.wrapper({ lockTimeoutMs: 200 });
  assertCode((await wrapper.call("hello")).cause, "locked");
  lock?.close();
  assertEquals(scene.service.requests.length, 1);
  assertEquals(scene.said.length, 1);
  assertMatch(
    scene.said[0] ?? "",
    /^account 1: cannot note the end of its run; the next command tries again: Cannot lock /,
  );
});

Deno.test("run() ends the agent and says why when the gateway accepts no more", async () => {
  await using scene = await keyScene([ANSWER]);
  const bin = `${scene.home.path}/waits`;
  const script = "#!/bin/sh\nexec sleep 600\n";
  await Deno.writeTextFile(bin, script, { mode: 0o700 });
  const inUse = new Deno.errors.AddrInUse(
    "Address already in use (os error 98)",
  );
  await using _ = listenWith([new Error("It broke")], inUse);
  const { message } = await assertRejects(
    () => scene.wrapper({ bin }).run(["hello"]),
    Error,
  );
  assertMatch(
    message,
    /^Cannot accept connections on 127\.0\.0\.1:\d+: address already in use$/,
  );
});

/**
 * A program that sends requests like the agent, and then fails in its own
 * words.
 */
async function failingAfter(scene: KeyScene, line: string): Promise<string> {
  const asks = `'${scene.home.path}/ask_api' "$@"`;
  return await program(scene, `${asks}\necho '${line}' >&2\nexit 1`);
}

async function program({ home }: KeyScene, script: string): Promise<string> {
  const bin = await Deno.makeTempFile({ dir: home.path });
  await Deno.writeTextFile(bin, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(bin, 0o700);
  return bin;
}
