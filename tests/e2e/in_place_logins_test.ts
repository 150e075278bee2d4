/**
 * Programs that write their new login in place, through the link, while the
 * link points to another account. They are stand-ins in sh(1) that ask no
 * service, and their refreshes leave no notes.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { runCli, type RunResult } from "../support/cli.ts";
import { startCli } from "../support/cli_process.ts";
import { refreshToken, type TestHome, testHome } from "../support/home.ts";
import { makePipe, openPipe } from "../support/pipe.ts";
import { blocks, goOn, namesIn } from "./stand_in_runs.ts";

/**
 * Reads its login and waits; writes the content of `new-N`, if the test has
 * made one, over the live file; waits again, and checks whether there is a
 * login.
 */
const PROGRAM = `#!/bin/sh
  live="$HOME/.qwen/oauth_creds.json"
  account=$(sed -n 's/.*secret-access-token-\\([0-9]*\\)-.*/\\1/p' "$live")
  cat "$HOME/wait-$account" >/dev/null
  if [ -f "$HOME/new-$account" ]; then
    cat "$HOME/new-$account" >"$live"
  fi
  cat "$HOME/end-$account" >/dev/null
  cat "$live" >/dev/null || exit 1
  echo "from $account"
`;

/**
 * Ways to move the link to account 2 while a run of account 1 is in progress.
 */
const MOVES: Record<string, readonly string[]> = {
  "switch 2": ["switch", "2"],
  "next": ["next"],
};

/** Why rotation skips an account whose newer login may be in the stash. */
const DOUBT = "its newest login may be in the stash";

const MAY_BE = /a login that qwen wrote belongs to an unknown account: kept as/;

for (const [order, first] of [["with account 1", 1], ["with account 2", 2]]) {
  Deno.test(`a program that writes in place beside a run of another account leaves its login in the stash when the run ${order} ends first`, async () => {
    await using scene = await setScene();
    await scene.refreshes(1);
    const one = scene.exec(1);
    const refresh = await scene.open("wait-1", one);
    const two = scene.exec(2);
    const look = await scene.open("wait-2", two);
    await goOn(refresh);
    const ends = { 1: await scene.open("end-1", one), 2: undefined };
    await assertUntouchedDoubt(scene);

    await goOn(look);
    const end2 = await scene.open("end-2", two);
    const all = first === 1
      ? [[ends[1], one], [end2, two]] as const
      : [[end2, two], [ends[1], one]] as const;
    const ended: RunResult[] = [];
    for (const [pipe, running] of all) {
      await goOn(pipe);
      ended.push(await running);
    }
    const said = ended.map((it) => it.stderr).join("\n");
    assertEquals(ended.map((it) => it.code), [0, 0], said);
    await assertStashed(scene, said);
  });
}

for (const [what, args] of Object.entries(MOVES)) {
  Deno.test(`a program that writes in place after "${what}" leaves its login in the stash`, async () => {
    await using scene = await setScene();
    await scene.refreshes(1);
    const running = scene.exec(1);
    const refresh = await scene.open("wait-1", running);
    assertEquals((await scene.cli(args)).code, 0);
    assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
    await goOn(refresh);
    const end = await scene.open("end-1", running);
    await assertUntouchedDoubt(scene);
    await goOn(end);
    const { stderr } = await running;
    await assertStashed(scene, stderr);
  });
}

Deno.test("a program that writes in place when its account-qwen was killed leaves its login in the stash", async () => {
  await using scene = await setScene();
  await scene.refreshes(1);
  await using killed = await scene.start(1);
  const refresh = await scene.open("wait-1");
  assertEquals((await scene.cli(["switch", "2"])).code, 0);
  killed.kill("SIGKILL");
  await killed.output();
  await goOn(refresh);
  await goOn(await scene.open("end-1"));
  await assertUntouchedDoubt(scene);
  const { stderr } = await scene.cli(["doctor", "--fix"]);
  await assertStashed(scene, stderr);
});

Deno.test("a program that keeps its refresh token and writes in place beside a run of another account gets its own slot", async () => {
  await using scene = await setScene();
  await scene.refreshes(1, { refresh_token: refreshToken(1) });
  const one = scene.exec(1);
  const refresh = await scene.open("wait-1", one);
  const two = scene.exec(2);
  const look = await scene.open("wait-2", two);
  await goOn(refresh);
  await goOn(await scene.open("end-1", one));
  await goOn(look);
  await goOn(await scene.open("end-2", two));
  const ended = [await one, await two];
  const said = ended.map((it) => it.stderr).join("\n");
  assertEquals(ended.map((it) => it.code), [0, 0], said);
  assertMatch(
    said,
    /account 2: qwen wrote a login of account 1 into its slot; restored/,
  );
  assertEquals(await blocks(scene), [null, null], said);
  const logins = await loginsOf(scene);
  assertEquals(logins, [
    ["new-access-1", refreshToken(1)],
    ["secret-access-token-2-x7Kq", refreshToken(2)],
  ]);
});

Deno.test("a program that writes in place while no other account's runs refreshes its account", async () => {
  await using scene = await setScene();
  assertEquals((await scene.cli(["switch", "2"])).code, 0);
  await scene.refreshes(2);
  const running = scene.exec(2);
  await goOn(await scene.open("wait-2", running));
  const end = await scene.open("end-2", running);
  assertEquals(await blocks(scene), [null, null]);
  await goOn(end);
  const { code, stderr } = await running;
  assertEquals(code, 0, stderr);
  await assertRefreshed(scene, 2);
});

Deno.test("a program that is not ours and writes in place refreshes the account of the link", async () => {
  await using scene = await setScene();
  assertEquals((await scene.cli(["switch", "2"])).code, 0);
  await scene.refreshes(2);
  const { path, dir } = scene.home;
  const text = await Deno.readTextFile(`${path}/new-2`);
  await Deno.writeTextFile(`${dir}/oauth_creds.json`, text);
  assertEquals(await blocks(scene), [null, null]);
  assertEquals((await scene.cli(["switch", "1"])).code, 0);
  await assertRefreshed(scene, 2);
});

interface Scene extends AsyncDisposable {
  home: TestHome;
  cli(args: readonly string[]): Promise<RunResult>;
  exec(account: number): Promise<RunResult>;
  start(account: number): Promise<Deno.ChildProcess>;
  open(pipe: string, running?: Promise<unknown>): Promise<Deno.FsFile>;
  /** Lets the program write a new login of `account`. */
  refreshes(
    account: number,
    fields?: Record<string, unknown>,
  ): Promise<void>;
}

async function setScene(): Promise<Scene> {
  const home = await testHome({
    accounts: 2,
    baseUrl: "http://provider.invalid/v1",
  });
  const bin = `${home.path}/qwen`;
  await Deno.writeTextFile(bin, PROGRAM, { mode: 0o755 });
  for (const name of ["wait-1", "wait-2", "end-1", "end-2"]) {
    await makePipe(`${home.path}/${name}`);
  }
  const cli = (args: readonly string[]) => runCli(args, { home: home.path });
  const args = (
    account: number,
  ) => ["exec", "--bin", bin, "--account", `${account}`, "--", "hello"];
  return {
    home,
    cli,
    exec: (account) => cli(args(account)),
    start: (account) => startCli(args(account), { home: home.path }),
    open: (pipe, running) => openPipe(`${home.path}/${pipe}`, running),
    refreshes: (account, fields = {}) =>
      Deno.writeTextFile(
        `${home.path}/new-${account}`,
        JSON.stringify({
          access_token: `new-access-${account}`,
          refresh_token: `new-refresh-${account}`,
          token_type: "Bearer",
          expiry_date: 4102444800000,
          ...fields,
        }),
      ),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** Commands that only read report what is there, and leave it. */
async function assertUntouchedDoubt(scene: Scene): Promise<void> {
  const slot = scene.home.slot(2);
  const before = await Deno.readTextFile(slot);
  assertEquals(JSON.parse(before).access_token, "new-access-1");
  assertEquals(await blocks(scene), [DOUBT, DOUBT]);
  const list = await scene.cli(["list"]);
  const problem =
    /account 2: qwen wrote a login that may belong to account 1 or 2 into its slot/;
  assertMatch(list.stderr, problem);
  assertMatch((await scene.cli(["status"])).stderr, problem);
  const doctor = await scene.cli(["doctor"]);
  assertMatch(doctor.stdout + doctor.stderr, problem);
  assertEquals(doctor.code, 1);
  assertEquals(await Deno.readTextFile(slot), before);
  assertEquals(await namesIn(`${scene.home.dir}/accounts/stash`), []);
}

async function assertStashed(scene: Scene, said: string): Promise<void> {
  assertMatch(said, MAY_BE);
  const [name = "", ...others] = await namesIn(
    `${scene.home.dir}/accounts/stash`,
  );
  assertMatch(name, /\.of_1_2\.json$/);
  assertEquals(others, []);
  assertEquals(await blocks(scene), [DOUBT, DOUBT], said);
  assertEquals(await loginsOf(scene), [
    ["secret-access-token-1-x7Kq", refreshToken(1)],
    ["secret-access-token-2-x7Kq", refreshToken(2)],
  ]);
  const generations = `${scene.home.dir}/accounts/generations`;
  for (const it of await namesIn(generations)) {
    const text = await Deno.readTextFile(`${generations}/${it}`);
    assertEquals(text.includes("new-access-1"), false, it);
  }
  const restored = await scene.cli(["restore", "1", "--stash", name]);
  assertEquals(restored.code, 0, restored.stderr);
  assertEquals(await blocks(scene), [null, null]);
  const [login] = await loginsOf(scene);
  assertEquals(login, ["new-access-1", "new-refresh-1"]);
}

async function assertRefreshed(scene: Scene, index: number): Promise<void> {
  assertEquals(await blocks(scene), [null, null]);
  assertEquals(await namesIn(`${scene.home.dir}/accounts/stash`), []);
  const logins = await loginsOf(scene);
  assertEquals(logins[index - 1], [
    `new-access-${index}`,
    `new-refresh-${index}`,
  ]);
}

async function loginsOf({ home }: Scene): Promise<[string, string][]> {
  const texts = await Promise.all(
    [1, 2].map((it) => Deno.readTextFile(home.slot(it))),
  );
  return texts.map((it) => {
    const { access_token, refresh_token } = JSON.parse(it);
    return [access_token, refresh_token];
  });
}
