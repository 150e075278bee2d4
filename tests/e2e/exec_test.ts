import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { accessToken, refreshToken } from "../support/home.ts";
import { QUOTA_EXCEEDED, QUOTA_EXCEEDED_FAST } from "../support/provider.ts";
import { type Scene, setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris.\nIts river: Seine." };

Deno.test("exec prints what the second account answers when the first has no quota", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED, ANSWER]);
  const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);

  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertMatch(stderr, /account 1 is out of quota.* account 2/);
  assertEquals(new Set(scene.askedAccounts()), new Set([1, 2]));
  const ofSecond = scene.provider.requests.at(-1);
  assertEquals(scene.askedAccounts().filter((it) => it === 2).length, 1);
  assertEquals(ofSecond?.prompt, PROMPT);

  assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
  const state = await Deno.readTextFile(`${scene.home.dir}/state.yaml`);
  assertMatch(state, /^current_index: 2$/m);
  assertMatch(state, /^switches_total: 1$/m);
  const log = await readLog(scene);
  assertEquals(log.map(({ event, from, to }) => ({ event, from, to })), [
    { event: "account_cooldown", from: 1, to: null },
    { event: "account_switch", from: 1, to: 2 },
  ]);
  for (const { reason } of log) assertMatch(String(reason), /^quota\b/);
  await assertNoSecrets(scene, stdout + stderr);

  const plain = await scene.runQwen(["-p", PROMPT]);
  assertEquals(plain.stdout, stdout);
});

Deno.test("exec ends with 75 and prints nothing on stdout when every account is out of quota", async () => {
  await using scene = await setScene([
    QUOTA_EXCEEDED_FAST,
    QUOTA_EXCEEDED_FAST,
    QUOTA_EXCEEDED_FAST,
  ]);
  const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
  assertEquals(new Set(scene.askedAccounts()), new Set([1, 2, 3]));
  assertEquals(scene.askedAccounts().length, 3 * 4);
  await assertNoSecrets(scene, stderr);
});

Deno.test("exec rotates when qwen reports the quota in JSON and exits with 0", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER]);
  const args = ["--output-format", "json", "-p", PROMPT];
  const plain = await scene.runQwen(args);
  assertEquals(plain.code, 0, "qwen 0.12.0 hides the failure");

  const { code, stdout } = await scene.exec(["--", ...args]);
  assertEquals(code, 0);
  const messages: { type: string; result?: string }[] = JSON.parse(stdout);
  assertEquals(messages.at(-1)?.result, ANSWER.answer);
  assertEquals(scene.askedAccounts().at(-1), 2);
});

Deno.test("exec does not rotate when an answer talks about quotas", async () => {
  const answer = "HTTP 429 means rate limit: quota exceeded.\n" +
    "[API Error: 403 Forbidden] insufficient_quota";
  await using scene = await setScene([{ answer }, ANSWER]);
  const { code, stdout } = await scene.exec(["--", "What is a 429?"]);
  assertEquals({ code, stdout }, { code: 0, stdout: answer });
  assertEquals(scene.askedAccounts(), [1]);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("exec -- hands flags of qwen over as they are", async () => {
  await using scene = await setScene([ANSWER]);
  const args = ["--output-format", "json", "-p", PROMPT];
  const { code, stdout } = await scene.exec(["--", ...args]);
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).at(-1).result, ANSWER.answer);
  assertEquals(scene.provider.requests[0]?.prompt, PROMPT);
});

Deno.test("exec hands over a prompt that begins with a dash", async () => {
  await using scene = await setScene([ANSWER]);
  const prompt = "- one\n- two";
  const { code, stdout } = await scene.exec(["--", prompt]);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(scene.provider.requests[0]?.prompt, prompt);
});

Deno.test("exec gives stdin to each account that it tries", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER]);
  const stdin = "line of a file\n".repeat(2_000);
  const { code, stdout } = await scene.exec(["--", PROMPT], { stdin });
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(scene.askedAccounts().at(-1), 2);
  const prompts = scene.provider.requests.map((it) => it.prompt);
  assertEquals(new Set(prompts).size, 1);
  assertStringIncludes(prompts[0] ?? "", stdin.trim());
  assertStringIncludes(prompts[0] ?? "", PROMPT);
});

async function readLog(scene: Scene): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${scene.home.dir}/rotation.log`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

async function assertNoSecrets(scene: Scene, output: string): Promise<void> {
  const files = ["state.yaml", "rotation.log"].map((name) =>
    Deno.readTextFile(`${scene.home.dir}/${name}`)
  );
  const text = [output, ...await Promise.all(files)].join("\n");
  for (const index of [1, 2, 3]) {
    for (const secret of [accessToken(index), refreshToken(index)]) {
      assertEquals(text.includes(secret), false, `it says ${secret}`);
    }
  }
}
