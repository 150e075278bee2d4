/**
 * What the real `qwen` has used, by the gateway and by its own log.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readUsage } from "../../lib/quota/usage_files.ts";
import { exists } from "../support/exists.ts";
import { QUOTA_EXCEEDED } from "../support/service.ts";
import { setScene } from "../support/scene.ts";

const ANSWER = { answer: "The capital of France is Paris." };
const ARGS = ["--", "--prompt=What is the capital of France?"];
const version = "0.24.4";

Deno.test("exec with qwen 0.24.4 and keys counts what the service has sent", async () => {
  const keys = [1, 2];
  await using scene = await setScene([QUOTA_EXCEEDED, ANSWER], {
    version,
    keys,
  });
  const { code, stderr } = await scene.exec(ARGS);
  assertEquals(code, 0, stderr);
  const sent = keys.map((account) => {
    const all = scene.askedAccounts().filter((it) => it === account).length;
    const answered = account === 2 ? all : 0;
    return [account, all, 10 * answered, 5 * answered, all - answered];
  });
  assertEquals(await sumsIn(scene.home.dir), sent);
  const { refusals } = await readUsage(`${scene.home.dir}/accounts/usage`);
  assertEquals(refusals.map((it) => [it.account, it.kind]), [[1, "quota"]]);
});

Deno.test("exec with qwen 0.24.4 and a login counts what its log says", async () => {
  await using scene = await setScene([ANSWER], { version });
  const { code, stderr } = await scene.exec(["--mode=link", ...ARGS]);
  assertEquals(code, 0, stderr);
  const requests = scene.service.requests.length;
  assertEquals(await sumsIn(scene.home.dir), [
    [1, requests, 10 * requests, 5 * requests, 0],
  ]);
});

Deno.test("exec with qwen 0.24.4 and a login through the gateway counts it once", async () => {
  await using scene = await setScene([ANSWER], { version });
  const { code, stderr } = await scene.exec(["--mode=gateway", ...ARGS]);
  assertEquals(code, 0, stderr);
  const requests = scene.service.requests.length;
  assertEquals(await sumsIn(scene.home.dir), [
    [1, requests, 10 * requests, 5 * requests, 0],
  ]);
});

Deno.test("exec --count-usage=off writes no counts", async () => {
  for (const keys of [[1], []]) {
    await using scene = await setScene([ANSWER], { version, keys });
    const { code, stderr } = await scene.exec(["--count-usage=off", ...ARGS]);
    assertEquals(code, 0, stderr);
    assertEquals(await exists(`${scene.home.dir}/accounts/usage`), false);
  }
});

/** The account, requests, tokens and failures of each account. */
async function sumsIn(dir: string): Promise<number[][]> {
  const sums = new Map<number, number[]>();
  const { minutes } = await readUsage(`${dir}/accounts/usage`);
  for (const { account, errors, ...it } of minutes) {
    const [, requests = 0, input = 0, output = 0, failed = 0] =
      sums.get(account) ?? [];
    const more = Object.values(errors).reduce((sum, it) => sum + it, 0);
    sums.set(account, [
      account,
      requests + it.requests,
      input + it.inputTokens,
      output + it.outputTokens,
      failed + more,
    ]);
  }
  return [...sums.values()].sort(([a = 0], [b = 0]) => a - b);
}
