/**
 * In link mode, the address in its slot determines the service of an account.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { keySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";
import { QwenWrapper } from "../../lib/mod.ts";

const MESSAGE =
  "429 Throttling.AllocationQuota: Allocated quota exceeded, please increase your quota limit.";

const MEANINGS: Record<string, string> = {
  "https://dashscope.aliyuncs.com/compatible-mode/v1": "rate-limited",
  "https://coding.dashscope.aliyuncs.com/v1": "out of quota",
};

for (const [baseUrl, meaning] of Object.entries(MEANINGS)) {
  Deno.test(`exec on the link says "${meaning}" of a limit at ${baseUrl}`, async () => {
    await using home = await tempDir();
    const accounts = `${home.path}/.qwen/accounts`;
    await Deno.mkdir(accounts, { recursive: true, mode: 0o700 });
    const slot = `${accounts}/api_key_1.env`;
    await Deno.writeTextFile(slot, keySlot(1, baseUrl), { mode: 0o600 });
    const bin = `${home.path}/says`;
    const script = `#!/bin/sh\necho "[API Error: ${MESSAGE}]" >&2; exit 1\n`;
    await Deno.writeTextFile(bin, script, { mode: 0o700 });
    const args = ["exec", "--mode", "link", "--bin", bin, "--", "hello"];
    const { code, stderr } = await runCli(args, { home: home.path });
    assertEquals(code, 75, stderr);
    assertStringIncludes(stderr, `account 1: ${meaning}, next try in 1 min`);
  });
}

Deno.test("call() with a key for one run applies a rule for the host of its service", async () => {
  await using home = await tempDir();
  const bin = `${home.path}/says`;
  const script = `#!/bin/sh\necho "[API Error: Gone fishing]" >&2; exit 1\n`;
  await Deno.writeTextFile(bin, script, { mode: 0o700 });
  const { verdict } = await new QwenWrapper({ dir: home.path, bin })
    .call("hello", {
      key: {
        apiKey: "sk-1",
        baseUrl: "https://api.teapot.example/v1",
        model: "coder",
      },
      rules: [{
        text: "gone fishing",
        service: "teapot.example",
        verdict: "quota",
      }],
    });
  assertEquals(verdict, "quota");
});
