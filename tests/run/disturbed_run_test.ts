/**
 * Runs of a program that makes no notes about its logins, with two accounts at
 * once: what one run does to the live file blocks no other account.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import {
  AccountManager,
  type CallOptions,
  QwenWrapper,
} from "../../lib/mod.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  WAITS_FOR_LOGIN,
} from "../support/fake_qwen.ts";
import { namesIn } from "../support/account_folder.ts";

const LIVE = '"$HOME/.qwen/oauth_creds.json"';

/** Replaces the link with a login whose tokens identify nobody. */
const REFRESHES = `
  cat >"$HOME/.qwen/new" <<'END'
{"access_token":"opaque-1","refresh_token":"opaque-2","token_type":"Bearer",
"expiry_date":4102444800000}
END
  chmod 600 "$HOME/.qwen/new"
  mv "$HOME/.qwen/new" ${LIVE};`;

/** Waits until the test creates the file `name`. */
function waitsFor(name: string): string {
  return `until [ -e "$HOME/${name}" ]; do sleep 0.02; done;`;
}

/** Waits for a missing login. */
const NEEDS_LOGIN = `[ -e ${LIVE} ] || { ${WAITS_FOR_LOGIN}; };`;

/** Has its refresh refused. */
const IS_REFUSED = `rm ${LIVE}; ${WAITS_FOR_LOGIN}`;

Deno.test("a call succeeds when a run with another account refreshes meanwhile, and both accounts are usable once the owner is decided", async () => {
  await using home = await fakeHome({
    1: `${waitsFor("first")} ${REFRESHES} ${answers("from 1")}`,
    2: `${waitsFor("second")} ${NEEDS_LOGIN} ${answers("from 2")}`,
  });
  const { first, second } = await runTwo(home);
  await first.goOn();
  assertEquals((await first.ended).output, "from 1");
  await second.goOn();
  assertEquals((await second.ended).output, "from 2");
  const accounts = new AccountManager({ dir: home.dir });
  const [stash = ""] = await namesIn(`${home.dir}/accounts/stash`);
  await accounts.restore(1, { stash });
  assertEquals(await blocks(home), [undefined, undefined]);
});

Deno.test("a call runs its prompt again and blocks no account when another run has removed the login", async () => {
  await using home = await fakeHome({
    1: `${waitsFor("first")} if [ -e "$HOME/gone" ]; then ${answers("from 1")}
      else touch "$HOME/gone"; ${IS_REFUSED}; fi`,
    2: `if [ -e "$HOME/again" ]; then ${answers("from 2")}; exit; fi
      touch "$HOME/again"
      ${waitsFor("second")} ${WAITS_FOR_LOGIN}`,
  });
  const told: string[] = [];
  const { first, second } = await runTwo(home, {}, (it) => told.push(it));
  await first.goOn();
  assertEquals((await first.ended).output, "from 1", told.join("\n"));
  await second.goOn();
  const { output, accountsTried } = await second.ended;
  assertEquals([output, accountsTried], ["from 2", [2]], told.join("\n"));
  assertEquals((await blocks(home))[1], undefined);
  assertMatch(
    told.join("\n"),
    /account 2 has a login that the agent did not find: rerunning the prompt/,
  );
});

Deno.test("a call does not run its prompt again if that is not allowed, and still blocks no account", async () => {
  await using home = await fakeHome({
    1: `${waitsFor("first")} ${IS_REFUSED}`,
    2: `${waitsFor("second")} ${WAITS_FOR_LOGIN}`,
  });
  const told: string[] = [];
  const options = { rerun: "never" } as const;
  const { first, second } = await runTwo(home, options, (it) => told.push(it));
  await first.goOn();
  assertEquals((await first.ended).success, false);
  await second.goOn();
  assertEquals((await second.ended).success, false);
  assertEquals(await blocks(home), [undefined, undefined]);
  assertMatch(
    told.join("\n"),
    /account 2 has a login that .*; not rerun: --rerun is never/,
  );
});

Deno.test("a call blocks the account when its login is refused and nothing else runs", async () => {
  await using home = await fakeHome({ 1: IS_REFUSED, 2: answers("from 2") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { output, accountsTried } = await wrapper.call("hello");
  assertEquals([output, accountsTried], ["from 2", [1, 2]]);
  assertEquals(await blocks(home), ["login needed", undefined]);
});

/** A call whose program waits. */
interface Waiting {
  ended: ReturnType<QwenWrapper["call"]>;
  goOn(): Promise<void>;
}

/**
 * Starts a call with account 1 and, once its program runs, one with account 2.
 */
async function runTwo(
  home: FakeHome,
  options: CallOptions = {},
  notify: (text: string) => void = () => {},
): Promise<{ first: Waiting; second: Waiting }> {
  const begin = async (account: number, name: string) => {
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN, notify });
    const ended = wrapper.call("hello", {
      ...options,
      account,
      timeoutMs: DEADLINE_MS,
    });
    await Promise.race([ended, hasBegun(home, account)]);
    return {
      ended,
      goOn: () => Deno.writeTextFile(`${home.path}/${name}`, ""),
    };
  };
  const first = await begin(1, "first");
  const second = await begin(2, "second");
  return { first, second };
}

const DEADLINE_MS = 30_000;

async function hasBegun(home: FakeHome, account: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await home.asked()).includes(account)) {
    if (Date.now() > deadline) throw new Error(`${account} has not begun`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns why rotation skips each account. */
async function blocks({ dir }: FakeHome): Promise<(string | undefined)[]> {
  const accounts = await new AccountManager({ dir }).listAccounts();
  return accounts.map((it) => it.blocked);
}
