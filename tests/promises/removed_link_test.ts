/**
 * If the user has removed the link, or replaced it, that does not mean that a
 * login was refused: the account is as good as before.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { runCli } from "../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../support/fake_qwen.ts";

/** What somebody has done to the link, which pointed to account 2 of 3. */
const DONE: Record<string, (live: string) => Promise<void>> = {
  "is removed": (live) => Deno.remove(live),
  "is an empty file": async (live) => {
    await Deno.remove(live);
    await Deno.writeTextFile(live, "");
  },
  "points to a missing slot": async (live) => {
    await Deno.remove(live);
    await Deno.symlink("accounts/oauth_creds_9.json", live);
  },
  "is broken": async (live) => {
    await Deno.remove(live);
    await Deno.symlink("/nowhere/at/all", live);
  },
};

/** The commands that may come next, and which account is active after them. */
const COMMANDS: Record<string, { args: string[]; active: number }> = {
  exec: { args: ["exec", "--bin", FAKE_QWEN, "--", "hello"], active: 2 },
  next: { args: ["next"], active: 3 },
  // It may complain about what is missing, such as qwen.
  "doctor --fix": { args: ["doctor", "--fix"], active: 2 },
  "switch 1": { args: ["switch", "1"], active: 1 },
};

for (const [what, change] of Object.entries(DONE)) {
  for (const [command, { args, active }] of Object.entries(COMMANDS)) {
    Deno.test(`${command} recreates the link and no account needs a login when oauth_creds.json ${what}`, async () => {
      await using home = await usedHome();
      await change(`${home.dir}/oauth_creds.json`);
      const { stderr } = await cli(home, args);
      assertEquals(stderr.includes("login needed"), false, stderr);
      assertEquals(await home.link(), `accounts/oauth_creds_${active}.json`);
      assertEquals(await blocks(home), [null, null, null]);
    });
  }

  Deno.test(`list says that every account is ready when oauth_creds.json ${what}`, async () => {
    await using home = await usedHome();
    await change(`${home.dir}/oauth_creds.json`);
    assertEquals(await blocks(home), [null, null, null]);
  });
}

Deno.test("exec continues with the account that the user has linked", async () => {
  await using home = await usedHome();
  const live = `${home.dir}/oauth_creds.json`;
  await Deno.remove(live);
  await Deno.symlink("accounts/oauth_creds_3.json", live);
  const { stdout } = await cli(home, COMMANDS.exec?.args ?? []);
  assertEquals(stdout, "from 3");
  assertEquals(await home.link(), "accounts/oauth_creds_3.json");
  assertEquals(await blocks(home), [null, null, null]);
});

Deno.test("exec answers and no account needs a login when the link is removed while qwen runs", async () => {
  await using home = await usedHome({
    2: `rm "$HOME/.qwen/oauth_creds.json"; ${answers("from 2")}`,
  });
  const { code, stdout } = await cli(home, COMMANDS.exec?.args ?? []);
  assertEquals([code, stdout], [0, "from 2"]);
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  assertEquals(await blocks(home), [null, null, null]);
});

Deno.test("an account needs a login when qwen was refused and has removed the link", async () => {
  await using home = await usedHome({
    2: `rm "$HOME/.qwen/oauth_creds.json"
      echo "[API Error: Refresh token expired or invalid.]" >&2; exit 1`,
  });
  const { code, stdout } = await cli(home, COMMANDS.exec?.args ?? []);
  assertEquals([code, stdout], [0, "from 3"]);
  assertEquals(await blocks(home), [null, "login needed", null]);
});

/** A home whose link was made by us, and points to account 2. */
async function usedHome(
  plays: Record<number, string> = {},
): Promise<FakeHome> {
  const all = [1, 2, 3].map((it) => [it, answers(`from ${it}`)]);
  const home = await fakeHome({ ...Object.fromEntries(all), ...plays });
  const { code, stderr } = await cli(home, ["switch", "2"]);
  assertEquals(code, 0, stderr);
  return home;
}

function cli(home: FakeHome, args: readonly string[]) {
  return runCli(args, { home: home.path });
}

/** Why each account is not used, according to `list`. */
async function blocks(home: FakeHome): Promise<(string | null)[]> {
  const { stdout } = await cli(home, ["list", "--json"]);
  const { accounts }: { accounts: { blocked?: string | null }[] } = JSON.parse(
    stdout,
  );
  return accounts.map((it) => it.blocked ?? null);
}
