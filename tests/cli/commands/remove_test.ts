import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey, writeKeySlot } from "../../support/account_folder.ts";
import { run, runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import { denoEnv } from "../../support/deno_env.ts";
import { installPrograms } from "./account_qwen.ts";

for (const index of [2, 3]) {
  Deno.test(`remove ${index} says how to bring it back, and that works`, async () => {
    await using home = await homeWithKey();
    const { code, stdout, stderr } = await runCli(["remove", String(index)], {
      home: home.path,
    });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const [removed, back = "", active] = stdout.split("\n");
    assertStringIncludes(removed ?? "", `account ${index} is removed`);
    assertEquals(active, "active: 1");
    assertEquals(await indexes(home), index === 2 ? [1, 3] : [1, 2]);
    const command = back.slice(back.indexOf(": ") + 2);
    const PATH = await installPrograms(home.path);
    const env = { PATH, ...await denoEnv() };
    const added = await run("sh", ["-c", command], { home: home.path, env });
    assertStringIncludes(added.stdout, "is now account 4\n");
    assertEquals(await indexes(home), index === 2 ? [1, 3, 4] : [1, 2, 4]);
    const doctor = await runCli(["doctor"], { home: home.path, env });
    assertEquals(doctor.stdout, "all is well; qwen 0.12.0\n");
    assertEquals((stdout + added.stdout).includes(apiKey(3)), false);
  });
}

Deno.test("remove ends with 1 when there is no such account", async () => {
  await using home = await homeWithKey();
  const { code, stderr } = await runCli(["remove", "9"], { home: home.path });
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    "Cannot use account 9: it does not exist (have: 1, 2, 3)",
  );
});

async function homeWithKey(): Promise<TestHome> {
  const home = await testHome({ accounts: 2, baseUrl: "http://x.invalid/v1" });
  await writeKeySlot(home.dir, 3);
  return home;
}

async function indexes(home: TestHome): Promise<number[]> {
  const { stdout } = await runCli(["list", "--json"], { home: home.path });
  return JSON.parse(stdout).accounts.map((it: { index: number }) => it.index);
}
