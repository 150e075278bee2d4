import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertNoSecrets } from "../support/no_secrets.ts";
import { QUOTA_EXCEEDED_FAST } from "../support/service.ts";
import { setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris.\nIts river: Seine." };

Deno.test("exec exits with 75 and prints nothing on stdout when every account is out of quota", async () => {
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

Deno.test("exec passes the flags after -- on to qwen", async () => {
  await using scene = await setScene([ANSWER]);
  const args = ["--output-format", "json", "-p", PROMPT];
  const { code, stdout } = await scene.exec(["--", ...args]);
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout).at(-1).result, ANSWER.answer);
  assertEquals(scene.service.requests[0]?.prompt, PROMPT);
});

Deno.test("exec passes on a prompt that begins with a dash", async () => {
  await using scene = await setScene([ANSWER]);
  const prompt = "- one\n- two";
  const { code, stdout } = await scene.exec(["--", prompt]);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(scene.service.requests[0]?.prompt, prompt);
});

Deno.test("exec gives stdin to each account that it tries", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER]);
  const stdin = "line of a file\n".repeat(2_000);
  const { code, stdout } = await scene.exec(["--", PROMPT], { stdin });
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(scene.askedAccounts().at(-1), 2);
  const prompts = scene.service.requests.map((it) => it.prompt);
  assertEquals(new Set(prompts).size, 1);
  assertStringIncludes(prompts[0] ?? "", stdin.trim());
  assertStringIncludes(prompts[0] ?? "", PROMPT);
});
