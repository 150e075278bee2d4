import { assertEquals, assertMatch } from "@std/assert";
import { runCli, type RunResult } from "../../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../../support/fake_qwen.ts";

/** Three accounts, the first of which is active, and two folders. */
async function threeAccounts(): Promise<
  FakeHome & {
    cli(args: string[], folder?: string): Promise<RunResult>;
    ask(folder: string, ...args: string[]): Promise<RunResult>;
  }
> {
  const play = answers("Paris");
  const home = await fakeHome({ 1: play, 2: play, 3: play });
  await Deno.mkdir(`${home.path}/shop/lib/deep`, { recursive: true });
  await Deno.mkdir(`${home.path}/other`);
  const cli = (args: string[], folder = "") =>
    runCli(args, { home: home.path, cwd: `${home.path}/${folder}` });
  return {
    ...home,
    cli,
    ask: (folder, ...args) =>
      cli(["exec", "--bin", FAKE_QWEN, ...args, "--", "hello"], folder),
  };
}

Deno.test("exec uses the account of the nearest pinned folder, with every strategy", async () => {
  await using home = await threeAccounts();
  await home.cli(["pin", "shop", "2"]);
  await home.cli(["pin", ".", "3"], "shop/lib");
  await home.ask("shop");
  await home.ask("shop/lib/deep", "--strategy=fill-first");
  await home.ask("shop", "--strategy=spread");
  await home.ask("other", "--account=1");
  await home.ask("shop", "--account=1");
  assertEquals(await home.asked(), [2, 3, 2, 1, 1]);
});

Deno.test("exec says so when the pinned account is not ready, and uses another one", async () => {
  await using home = await threeAccounts();
  await home.cli(["pin", "shop", "2"]);
  await home.cli(["cooldown", "set", "2", "1h"]);
  const { code, stdout, stderr } = await home.ask("shop");
  assertEquals([code, stdout], [0, "Paris"]);
  assertMatch(
    stderr,
    /account 2, pinned to ".*\/shop", is resting \(set by you\): using account 1\n/,
  );
  await home.cli(["cooldown", "clear"]);
  assertEquals((await home.ask("shop")).stderr, "");
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("pin shows, lists and removes pins", async () => {
  await using home = await threeAccounts();
  const real = await Deno.realPath(home.path);
  await home.cli(["label", "2", "office"]);
  const set = await home.cli(["pin", "shop", "office"]);
  assertEquals([set.code, set.stdout], [
    0,
    `office (account 2) is pinned to ${real}/shop\n`,
  ]);
  const shown = await home.cli(["pin", "."], "shop/lib");
  assertEquals(shown.stdout, set.stdout);
  const list = `${real}/shop: office (account 2)\n`;
  for (const args of [["pin"], ["pin", "--list"]]) {
    assertEquals((await home.cli(args, "other")).stdout, list);
  }
  assertEquals(JSON.parse((await home.cli(["pin", "--json"])).stdout), {
    schema_version: 1,
    pins: [{ folder: `${real}/shop`, account: 2 }],
  });
  const below = await home.cli(["pin", ".", "--unset"], "shop/lib");
  assertEquals(below.code, 2);
  assertMatch(
    below.stderr,
    /hint: the pin above it: .* pin .*\/shop --unset\n/,
  );
  await Deno.remove(`${home.path}/shop`, { recursive: true });
  assertEquals(
    (await home.cli(["pin", "--list"])).stdout,
    list.replace("\n", " (the folder does not exist)\n"),
  );
  const removed = await home.cli(["pin", "shop", "--unset"]);
  assertEquals([removed.code, removed.stdout], [
    0,
    "no account is pinned to shop now\n",
  ]);
  const none = await home.cli(["pin"]);
  assertEquals([none.code, none.stdout], [0, ""]);
  assertMatch(none.stderr, /no folder has a pinned account/);
});

Deno.test("pin --unset finds a folder that is gone by every name that it had", async () => {
  await using home = await threeAccounts();
  await Deno.symlink("shop", `${home.path}/link`);
  for (const name of ["../shop/./lib", "../link/lib"]) {
    await Deno.mkdir(`${home.path}/shop/lib`, { recursive: true });
    await home.cli(["pin", "shop/lib", "2"]);
    await Deno.remove(`${home.path}/shop/lib`, { recursive: true });
    const { code, stderr } = await home.cli(["pin", name, "--unset"], "other");
    assertEquals(code, 0, stderr);
  }
});

Deno.test("pin --list and pin --unset work when a file has replaced the folder above a pin", async () => {
  await using home = await threeAccounts();
  const real = await Deno.realPath(home.path);
  await home.cli(["pin", "shop/lib", "1"]);
  await Deno.remove(`${home.path}/shop`, { recursive: true });
  await Deno.writeTextFile(`${home.path}/shop`, "");
  const list = await home.cli(["pin", "--list"]);
  assertEquals([list.code, list.stdout], [
    0,
    `${real}/shop/lib: account 1 (the folder is not a directory)\n`,
  ]);
  assertEquals((await home.cli(["pin", "shop/lib", "--unset"])).code, 0);
});

Deno.test("pin refuses what is not a folder, and flags that contradict", async () => {
  await using home = await threeAccounts();
  for (
    const args of [
      ["pin", "nowhere", "2"],
      ["pin", ".", "9"],
      ["pin", ".", "2", "--unset"],
      ["pin", ".", "--list"],
      ["pin", "--unset"],
    ]
  ) {
    const { code } = await home.cli(args);
    assertEquals(code, 2, args.join(" "));
  }
  assertEquals((await home.cli(["pin"])).stdout, "");
});

Deno.test("pin follows an account to its new number, and ends with the account", async () => {
  await using home = await threeAccounts();
  const real = await Deno.realPath(home.path);
  await home.cli(["pin", "shop", "2"]);
  await home.cli(["pin", "other", "3"]);
  await home.cli(["move", "2", "7"]);
  await home.cli(["remove", "3"]);
  assertEquals((await home.cli(["pin"])).stdout, `${real}/shop: account 7\n`);
});

Deno.test("status names the pinned account as the next one, also in short", async () => {
  await using home = await threeAccounts();
  const real = await Deno.realPath(home.path);
  await home.cli(["pin", "shop", "2"]);
  const { stdout } = await home.cli(["status"], "shop/lib");
  assertMatch(
    stdout,
    new RegExp(`^next: account 2 \\(pinned to ${real}/shop\\)`),
  );
  const short = await home.cli(["status", "--short"], "shop");
  assertEquals(short.stdout, "2 3/3\n");
});
