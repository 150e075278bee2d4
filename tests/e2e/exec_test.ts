import { assertEquals, assertMatch } from "@std/assert";
import { assertNoSecrets } from "../support/no_secrets.ts";
import { QUOTA_EXCEEDED } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris.\nIts river: Seine." };

Deno.test("exec prints what the second account answers when the first has no quota", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED, ANSWER]);
  const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);

  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertMatch(stderr, /account 1 is out of quota.* account 2/);
  assertEquals(new Set(scene.askedAccounts()), new Set([1, 2]));
  const ofSecond = scene.service.requests.at(-1);
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

Deno.test("exec does not rotate when an answer talks about quotas", async () => {
  const answer = "HTTP 429 means rate limit: quota exceeded.\n" +
    "[API Error: 403 Forbidden] insufficient_quota";
  await using scene = await setScene([{ answer }, ANSWER]);
  const { code, stdout } = await scene.exec(["--", "What is a 429?"]);
  assertEquals({ code, stdout }, { code: 0, stdout: answer });
  assertEquals(scene.askedAccounts(), [1]);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
});

async function readLog(scene: Scene): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${scene.home.dir}/rotation.log`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
