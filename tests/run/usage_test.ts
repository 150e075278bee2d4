import { assertEquals } from "@std/assert";
import { readUsage, usageFile } from "../../lib/quota/usage_files.ts";
import { runCli } from "../support/cli.ts";
import { exists } from "../support/exists.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../support/fake_qwen.ts";
import { QUOTA_EXCEEDED } from "../support/service.ts";
import { QUOTA_LINE, sessionLine } from "../support/session_lines.ts";
import { writesQuotaLog } from "../support/session_script.ts";
import { keyScene } from "./key_scene.ts";

const ANSWERED = sessionLine("api_response", {
  model: "coder-model",
  input_token_count: 110,
  output_token_count: 70,
  cached_content_token_count: 30,
  thoughts_token_count: 20,
  total_token_count: 180,
});

const COUNTED = {
  model: "coder-model",
  requests: 1,
  inputTokens: 110,
  outputTokens: 70,
  cachedTokens: 30,
  reasoningTokens: 20,
  errors: {},
};

Deno.test("a run on the link counts what the log of its session says", async () => {
  await using home = await fakeHome({
    1: writesQuotaLog({ line: `${ANSWERED}\n${ANSWERED}` }) + answers("Paris"),
  });
  await exec(home);
  const { minutes } = await usageOf(home);
  const sum = minutes.reduce((all, it) => all + it.requests, 0);
  assertEquals(sum, 2);
  assertEquals(minutes[0]?.model, "coder-model");
});

Deno.test("a run on the link counts a refusal and the account after it", async () => {
  await using home = await fakeHome({
    1: `${writesQuotaLog({ line: QUOTA_LINE })} exit 1`,
    2: writesQuotaLog({ line: ANSWERED }) + answers("Paris"),
  });
  const began = Date.now();
  await exec(home);
  const { minutes, refusals } = await usageOf(home);
  assertEquals(minutes.map(({ at: _, ...it }) => it), [
    {
      account: 1,
      model: "coder-model",
      requests: 1,
      inputTokens: 0,
      outputTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      errors: { quota: 1 },
    },
    { account: 2, ...COUNTED },
  ]);
  assertEquals(refusals.map((it) => [it.account, it.kind]), [[1, "quota"]]);
  assertEquals((refusals[0]?.at ?? 0) >= began, true);
});

Deno.test("countUsage: off writes nothing", async () => {
  await using home = await fakeHome({
    1: writesQuotaLog({ line: ANSWERED }) + answers("Paris"),
  });
  await exec(home, { ACCOUNT_QWEN_COUNT_USAGE: "off" });
  assertEquals(await exists(`${home.dir}/accounts/usage`), false);
  await using scene = await keyScene([{ answer: "Paris" }]);
  await scene.wrapper().call("hello", { countUsage: "off" });
  assertEquals(await exists(`${scene.home.dir}/accounts/usage`), false);
});

Deno.test("a call through the gateway counts each account", async () => {
  await using scene = await keyScene([QUOTA_EXCEEDED, { answer: "Paris" }]);
  await scene.wrapper().call("hello");
  const { minutes } = await readUsage(`${scene.home.dir}/accounts/usage`);
  assertEquals(
    minutes.map((it) => [it.account, it.requests, it.inputTokens, it.errors]),
    [[1, 1, 0, { quota: 1 }], [2, 1, 10, {}]],
  );
});

const UNWRITABLE: Record<string, (usage: string) => Promise<void>> = {
  "is a file": (usage) => Deno.writeTextFile(usage, ""),
  "is a link": (usage) => Deno.symlink("/", usage),
  "has a directory in place of a file": (usage) =>
    Deno.mkdir(usageFile(usage, Date.now()), { recursive: true }),
};

for (const [what, spoil] of Object.entries(UNWRITABLE)) {
  Deno.test(`a run succeeds, and says once, if usage/ ${what}`, async () => {
    await using scene = await keyScene([{ answer: "Paris" }]);
    await spoil(`${scene.home.dir}/accounts/usage`);
    const { success } = await scene.wrapper().call("hello");
    assertEquals(success, true);
    const said = scene.said.filter((it) => it.startsWith("cannot "));
    assertEquals(said.length, 1, scene.said.join("\n"));
  });
}

async function exec(home: FakeHome, env: Record<string, string> = {}) {
  const args = ["exec", "--bin", FAKE_QWEN, "--", "--prompt=hello"];
  const { code, stderr } = await runCli(args, { home: home.path, env });
  assertEquals(code, 0, stderr);
}

async function usageOf(home: FakeHome) {
  return await readUsage(`${home.dir}/accounts/usage`);
}
