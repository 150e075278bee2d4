import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey, writeKeySlot } from "../../support/account_folder.ts";
import { run, runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import { denoEnv } from "../../support/deno_env.ts";
import { installPrograms } from "./account_qwen.ts";

for (const index of [2, 3]) {
  Deno.test(`remove says how to undo the removal of account ${index}, and that works`, async () => {
    await using home = await homeWithKey();
    const options = { home: home.path };
    await runCli(["label", String(index), "my work"], options);
    const before = (await runCli(["list", "--json"], options)).stdout;
    const { code, stdout, stderr } = await runCli(["remove", "MY"], options);
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: `my work (account ${index}) is removed\n` +
        `to undo this: account-qwen restore ${index}\nactive: account 1\n`,
      stderr: "",
    });
    assertEquals(await indexes(home), index === 2 ? [1, 3] : [1, 2]);
    const command = /account-qwen restore .*/.exec(stdout)?.[0] ?? "";
    const PATH = await installPrograms(home.path);
    const env = { PATH, ...await denoEnv() };
    const back = await run("sh", ["-c", command], { home: home.path, env });
    assertEquals(back.stdout, `my work (account ${index}) is restored\n`);
    assertEquals((await runCli(["list", "--json"], options)).stdout, before);
    const doctor = await runCli(["doctor"], { home: home.path, env });
    assertEquals(doctor.stdout, "all is well; qwen 0.12.0\n");
  });
}

Deno.test("restore finds a removed account by its label", async () => {
  await using home = await homeWithKey();
  const options = { home: home.path };
  await runCli(["label", "3", "work"], options);
  await runCli(["remove", "work"], options);
  const missing = await runCli(["switch", "work"], options);
  assertEquals(missing.code, 2);
  const { stdout } = await runCli(["restore", "WORK"], options);
  assertEquals(stdout, "work (account 3) is restored\n");
  assertEquals(await indexes(home), [1, 2, 3]);
});

Deno.test("remove --json names the account, where its key is, and the command that undoes it", async () => {
  await using home = await homeWithKey();
  const dir = `${home.path}/my accounts`;
  await Deno.rename(home.dir, dir);
  const args = ["remove", "3", "--dir", dir, "--json"];
  const { stdout } = await runCli(args, { home: home.path });
  const { kept_as, ...rest } = JSON.parse(stdout);
  assertEquals(rest, {
    schema_version: 1,
    index: 3,
    label: null,
    active: 1,
    undo: `account-qwen restore 3 --dir '${dir}'`,
  });
  const kept = await Deno.readTextFile(kept_as);
  assertStringIncludes(kept, apiKey(3));
});

Deno.test("remove exits with 2 when there is no such account", async () => {
  await using home = await homeWithKey();
  const { code, stderr } = await runCli(["remove", "9"], { home: home.path });
  assertEquals(code, 2);
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
