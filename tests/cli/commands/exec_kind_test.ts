import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { answers, FAKE_QWEN, fakeHome } from "../../support/fake_qwen.ts";

const REFUSED: Record<string, string> = {
  "--openai-api-key=sk-secret": "exec sets the key itself",
  "--openai-base-url=https://x.invalid": "exec sets the key itself",
  "--auth-type=gemini": "no account has this type",
  "--auth-type=openai": "none has an API key",
};

for (const [option, why] of Object.entries(REFUSED)) {
  Deno.test(`exec with ${option} runs nothing, says why and exits with 2`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const { code, stdout, stderr } = await exec(home.path, [option]);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, why);
    assertEquals(stderr.includes("sk-secret"), false);
    assertEquals(await home.asked(), []);
  });
}

Deno.test("exec with --auth-type=qwen-oauth skips accounts with a key", async () => {
  await using home = await fakeHome({ 2: answers("Paris") });
  await writeKeySlot(home.dir, 1);
  await runCli(["switch", "1"], { home: home.path });
  const { code, stdout } = await exec(home.path, ["--auth-type=qwen-oauth"]);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  const list = await runCli(["list", "--json"], { home: home.path });
  const [, two] = JSON.parse(list.stdout).accounts;
  assertEquals([two.index, two.active], [2, true]);
});

Deno.test("exec with --mode=gateway runs nothing, says why and exits with 2 behind a proxy", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const { code, stdout, stderr } = await runCli(
    ["exec", "--mode=gateway", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path, env: { HTTPS_PROXY: "http://proxy.invalid:3128" } },
  );
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertStringIncludes(stderr, "Cannot use the gateway: ");
  assertStringIncludes(stderr, "hint: unset the proxy, ");
  assertEquals(await home.asked(), []);
});

async function exec(home: string, args: readonly string[]) {
  const all = ["exec", "--bin", FAKE_QWEN, "--", ...args, "--prompt=hello"];
  return await runCli(all, { home });
}
