import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeKeySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { FAKE_QWEN, type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const ENDED =
  "echo Qwen OAuth free tier was discontinued on 2026-04-15. >&2; exit 1";

Deno.test("call() waits for a key that cools down when the agent no longer accepts the other kind", async () => {
  await using home = await homeWithKey();
  const wrapper = wrapperFor(home);
  await wrapper.accounts.setCooldown(2, 1_000);
  const { output, accountsTried } = await wrapper.call("hello", {
    waitMs: 30_000,
  });
  assertEquals({ output, accountsTried }, {
    output: "Paris",
    accountsTried: [1, 2],
  });
});

Deno.test("run() says which kind may still be usable when the other one has ended", async () => {
  await using home = await homeWithKey();
  const wrapper = wrapperFor(home);
  await wrapper.accounts.setCooldown(2, 60_000);
  const { run, exhausted, kind } = await wrapper.run(["--prompt=hello"]);
  using _run = run;
  assertEquals({ exhausted, kind }, { exhausted: true, kind: "api-key" });
  const [first, ...others] = await wrapper.accounts.readiness({ kind });
  assertEquals([first?.index, others.length], [2, 0]);
  assert((first?.readyAt ?? 0) > Date.now());
});

Deno.test("call() says that the kind has ended when there is no account of another", async () => {
  await using home = await fakeHome({ 1: ENDED, 2: ENDED });
  const { error, accountsTried } = await wrapperFor(home).call("hello", {
    waitMs: 30_000,
  });
  assertStringIncludes(error ?? "", "The service has discontinued this type");
  assertEquals(accountsTried, [1]);
});

/** Creates a program whose package names its version. */
async function versionedProgram(home: FakeHome) {
  const folder = `${home.path}/package`;
  const bin = `${folder}/qwen`;
  await Deno.mkdir(folder);
  await Deno.copyFile(FAKE_QWEN, bin);
  const setVersion = (version: string) =>
    Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ version }));
  await setVersion("0.24.4");
  return { bin, setVersion };
}

Deno.test("call() does not try an ended kind of login again until the agent has another version", async () => {
  await using home = await homeWithKey();
  const { bin, setVersion } = await versionedProgram(home);
  const call = () =>
    wrapperFor(home, { bin, strategy: "fill-first" }).call("hello");
  const tried = async () => (await call()).accountsTried;
  assertEquals([await tried(), await tried()], [[1, 2], [2]]);
  await setVersion("0.12.0");
  assertEquals([await tried(), await tried()], [[1, 2], [2]]);
});

Deno.test("call() tries an ended kind of login again when the login of the account changes", async () => {
  await using home = await homeWithKey();
  const { bin } = await versionedProgram(home);
  const call = () =>
    wrapperFor(home, { bin, strategy: "fill-first" }).call("hello");
  await call();
  const later = Date.now() / 1_000 + 5;
  await Deno.utime(home.slot(1), later, later);
  assertEquals((await call()).accountsTried, [1, 2]);
});

Deno.test("list and next skip an account that has ended, and list says with which version", async () => {
  await using home = await homeWithKey();
  const { bin, setVersion } = await versionedProgram(home);
  await wrapperFor(home, { bin }).call("hello");
  const options = { home: home.path, env: { ACCOUNT_QWEN_BIN: bin } };
  const stateOfFirst = async () => {
    const { stdout } = await runCli(["list", "--json"], options);
    const [{ state, blocked }] = JSON.parse(stdout).accounts;
    return [state, blocked];
  };
  assertEquals(await stateOfFirst(), ["ended", "ended with qwen 0.24.4"]);
  const list = await runCli(["list"], options);
  assertStringIncludes(list.stdout, "qwen 0.24.4 refuses such logins");
  const next = await runCli(["next"], options);
  assertEquals(next.code, 1);
  await setVersion("0.12.0");
  assertEquals(await stateOfFirst(), ["ready", null]);
});

Deno.test("doctor exits with 1 when an account has ended, and names a version that runs it", async () => {
  await using home = await homeWithKey();
  const { bin } = await versionedProgram(home);
  await wrapperFor(home, { bin }).call("hello");
  const { code, stdout } = await runCli(["doctor", "--bin", bin], {
    home: home.path,
  });
  assertEquals(code, 1);
  assertStringIncludes(
    stdout,
    "slots: account 1: qwen 0.24.4 refuses such logins\n" +
      "  fix: npm install -g @qwen-code/qwen-code@0.12.0\n",
  );
});

Deno.test("call() tries an ended kind of login again when a program of unknown version has changed, or is another one", async () => {
  await using home = await homeWithKey();
  const folder = `${home.path}/plain`;
  await Deno.mkdir(folder);
  const bin = `${folder}/qwen`;
  await Deno.copyFile(FAKE_QWEN, bin);
  const tried = async (bin: string) =>
    (await wrapperFor(home, { bin, strategy: "fill-first" }).call("hello"))
      .accountsTried;
  assertEquals([await tried(bin), await tried(bin)], [[1, 2], [2]]);
  const other = `${folder}/other`;
  await Deno.copyFile(FAKE_QWEN, other);
  assertEquals([await tried(other), await tried(other)], [[1, 2], [2]]);
  const later = Date.now() / 1_000 + 5;
  await Deno.utime(other, later, later);
  assertEquals([await tried(other), await tried(other)], [[1, 2], [2]]);
});

/** Account 1 has a login of an ended kind, and account 2 a key. */
async function homeWithKey(): Promise<FakeHome> {
  const home = await fakeHome({
    1: `if [ -n "$OPENAI_API_KEY" ]; then printf Paris; else ${ENDED}; fi`,
  });
  await writeKeySlot(home.dir, 2);
  return home;
}
