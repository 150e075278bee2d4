import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli } from "../support/cli.ts";
import { accessToken, refreshToken, testHome } from "../support/home.ts";
import { processesOf } from "../support/processes.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/deadline.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };

const DEAD_LOGINS: Record<
  string,
  { spoil: (slot: string) => Promise<void>; says: string }
> = {
  "has no token": {
    spoil: (slot) => Deno.writeTextFile(slot, "{}"),
    says: "account 1 is skipped: its slot has no access_token",
  },
  "is refused a new token": {
    spoil: expire,
    says: "Cannot refresh account 1",
  },
};

for (const [name, { spoil, says }] of Object.entries(DEAD_LOGINS)) {
  Deno.test(`exec does not wait for a login when account 1 ${name}`, async () => {
    await using scene = await setScene([ANSWER, ANSWER]);
    await spoil(scene.home.slot(1));
    const { code, stdout, stderr } = await scene.exec(
      ["--", PROMPT],
      { env: redirectOAuth(scene.service.origin) },
    );
    assertStringIncludes(stderr, says);
    assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
    assertEquals(scene.askedAccounts(), [2]);
    assertEquals(await processesOf(scene.home.path), []);
  });
}

Deno.test("exec puts a token that qwen got into the slot of its account", async () => {
  await using scene = await setScene([ANSWER, ANSWER], {
    oauth: { refresh: { [refreshToken(1)]: accessToken(1) } },
  });
  await expire(scene.home.slot(1));
  const { code, stdout } = await scene.exec(["--", PROMPT], {
    env: redirectOAuth(scene.service.origin),
  });
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(scene.askedAccounts(), [1]);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
  const slot = JSON.parse(await Deno.readTextFile(scene.home.slot(1)));
  assertEquals(slot.refresh_token, `${refreshToken(1)}-next`);
});

Deno.test("exec exits with 4 when the only account needs a login", async () => {
  await using scene = await setScene([ANSWER]);
  await Deno.writeTextFile(scene.home.slot(1), "{}");
  const { code, stdout } = await scene.exec(
    ["--", PROMPT],
    { env: redirectOAuth(scene.service.origin) },
  );
  assertEquals({ code, stdout }, { code: 4, stdout: "" });
  assertEquals(await processesOf(scene.home.path), []);
});

Deno.test("exec --timeout exits with 124 and leaves no process behind", async () => {
  await using scene = await setScene([{ hang: true }, ANSWER]);
  const running = scene.exec(["--timeout", "4s", "--", PROMPT]);
  await until(
    async () => (await processesOf(scene.home.path)).some(isQwen),
    { what: "a process of qwen", running },
  );
  const { code, stdout, durationMs } = await running;
  assertEquals({ code, stdout }, { code: 124, stdout: "" });
  assert(durationMs > 4_000, `it took ${durationMs} ms`);
  // A slow machine ends qwen before its request.
  assertEquals(scene.askedAccounts().filter((it) => it !== 1), []);
  assertEquals(await processesOf(scene.home.path), []);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("exec exits with 127 and says how to install qwen when there is none", async () => {
  await using home = await testHome({ accounts: 2, baseUrl: "" });
  const { code, stdout, stderr } = await runCli(["exec", "--", PROMPT], {
    home: home.path,
    env: { PATH: "/usr/bin:/bin" },
  });
  assertEquals({ code, stdout }, { code: 127, stdout: "" });
  assertStringIncludes(stderr, "hint: ");
  assertStringIncludes(stderr, "npm install");
});

function isQwen(command: string): boolean {
  return /qwen .*--prompt=/.test(command);
}

async function expire(slot: string): Promise<void> {
  const credential = JSON.parse(await Deno.readTextFile(slot));
  const expired = { ...credential, expiry_date: Date.now() - 60_000 };
  await Deno.writeTextFile(slot, JSON.stringify(expired));
}

function redirectOAuth(origin: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--require "${CHECKOUT}/tests/fixtures/redirect_oauth.cjs"`,
    TEST_OAUTH_ORIGIN: origin,
    ACCOUNT_QWEN_OAUTH_URL: `${origin}/api/v1/oauth2`, // for our own refresh
  };
}
