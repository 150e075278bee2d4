import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AccountManager, BusyError } from "../../../lib/mod.ts";
import type { BegunRun } from "../../../lib/accounts/begin_run.ts";
import { RunTurn } from "../../../lib/accounts/pool/run_turn.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { loginOf } from "../../support/codex_login.ts";
import { noOrphans, strangers, strangerWith } from "../../support/strangers.ts";
import { tempDir } from "../../support/temp_dir.ts";

import "../../support/load_libc.ts";

Deno.test("awaitStart() lets the second start wait until the first has written new tokens", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const [first, second] = await scene.begin();
  await scene.start(first);
  const waiting = scene.start(second);
  await scene.sleeps(3);
  scene.write({ minutes: 60 });
  assertEquals(await waiting, []);
});

const ENDS: Record<string, (scene: Scene, run: BegunRun) => Promise<unknown>> =
  {
    "the service has answered": ({ accounts }, run) => accounts.endStart(run),
    "the run has ended": ({ accounts }, run) => accounts.endRun(run),
  };

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`awaitStart() lets the second start wait until ${what}`, async () => {
    await using scene = await codexHome({ minutes: 9 });
    const [first, second] = await scene.begin();
    await scene.start(first);
    const waiting = scene.start(second);
    await scene.sleeps(3);
    await end(scene, first);
    assertEquals(await waiting, []);
  });
}

Deno.test("endStart() drops no lease while another process holds our lock, which may replace it", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const { accounts } = scene;
  const [first] = await scene.begin();
  await scene.start(first);
  using lock = Deno.openSync(accounts.layout.lock, { write: true });
  lock.lockSync(true);
  scene.stopClock(); // so that the wait for the lock ends
  await accounts.endStart(first);
  assertEquals((await scene.records()).length, 1);
  lock.unlockSync();
  await accounts.endStart(first);
  assertEquals(await scene.records(), []);
});

Deno.test("awaitStart() waits while the agent writes the login in place", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const [first, second] = await scene.begin();
  await scene.start(first);
  Deno.writeTextFileSync(scene.path, '{"auth_mode":');
  const waiting = scene.start(second);
  await scene.sleeps(3);
  scene.write({ minutes: 60 });
  assertEquals(await waiting, []);
});

Deno.test("awaitStart() does not wait for a process that was killed", async () => {
  await using scene = await codexHome({ minutes: 9 });
  using _orphans = noOrphans();
  const [first, second] = await scene.begin();
  const { identify } = runtime.host;
  const gone = `${identify(runtime.host.pid)}`.replace(/\d+$/, "1");
  runtime.host.identify = () => gone;
  try {
    await scene.start(first);
  } finally {
    runtime.host.identify = identify;
  }
  assertEquals(await scene.start(second), []);
});

Deno.test("awaitStart() waits 30 s, says so, and names the process", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const [first, second] = await scene.begin();
  await scene.start(first);
  scene.stopClock();
  const error = await assertRejects(() => scene.start(second), BusyError);
  const { pid } = runtime.host;
  assertMatch(
    error.message,
    /^Cannot use account 1 within 30 s: another process/,
  );
  assertMatch(
    error.message,
    RegExp(`\\(account-qwen ${pid}\\) may be refreshing`),
  );
  assertEquals(scene.notices(), [
    `account 1: waiting until another process (account-qwen ${pid}) has ` +
    "refreshed its login",
  ]);
});

Deno.test("a run that waited for another start is refused with the login that this start has refreshed", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const { accounts } = scene;
  const [first] = await scene.begin();
  const turn = await RunTurn.take(accounts, { account: 1 });
  await scene.start(first);
  const renewed = turn.renew(0);
  await scene.sleeps(3);
  scene.write({ minutes: 60, refreshToken: "refresh-2" });
  assertEquals(await renewed, true);
  await turn.end({ kind: "login" });
  const [account] = await accounts.listAccounts();
  assertEquals(account?.blocked, "login needed");
});

for (const minutes of [11, 60]) {
  Deno.test(`awaitStart() waits for nobody if the token expires in ${minutes} minutes`, async () => {
    await using scene = await codexHome({ minutes });
    using _strangers = strangers("linux/boot/1/1");
    const [first, second] = await scene.begin();
    await scene.start(first);
    assertEquals(await scene.start(second), []);
    assertEquals(await scene.records(), []);
  });
}

Deno.test("awaitStart() does not start beside the plain agent with the same login", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const [first, second] = await scene.begin();
  using _strangers = strangers("linux/boot/4711/1");
  const error = await assertRejects(() => scene.start(first), BusyError);
  assertEquals(
    error.message,
    "Cannot use account 1, whose token must be refreshed: plain codex is " +
      "running (process 4711)",
  );
  assertMatch(`${error.hint}`, /--force/);
  await scene.start(second, { force: true });
});

Deno.test("awaitStart() does not start beside another agent in the folder of the account", async () => {
  await using scene = await codexHome({ minutes: 9 });
  const [first, second] = await scene.begin();
  const CODEX_HOME = `${first.store}`;
  using _stranger = strangerWith("linux/boot/4711/1", { CODEX_HOME });
  const error = await assertRejects(() => scene.start(first), BusyError);
  assertEquals(
    error.message,
    "Cannot use account 1, whose token must be refreshed: codex is running " +
      "with account 1 (process 4711)",
  );
  assertEquals(error.hint, "end it, or use --force");
  await scene.start(second, { force: true });
});

interface Scene extends AsyncDisposable {
  accounts: AccountManager;
  /** The file with the login. */
  path: string;
  /** Begins two runs with account 1. */
  begin(): Promise<[BegunRun, BegunRun]>;
  /** Starts a run; returns what was notified. */
  start(run: BegunRun, options?: { force?: boolean }): Promise<string[]>;
  /** Waits until somebody has slept so often. */
  sleeps(count: number): Promise<void>;
  /** Writes a login whose token expires in so many minutes. */
  write(login: { minutes: number; refreshToken?: string }): void;
  /** Lets the time of the day stand still. */
  stopClock(): void;
  notices(): string[];
  /** The names of the records of leases. */
  records(): Promise<string[]>;
}

/** Makes a home of `codex`, whose plain program uses the login of account 1. */
async function codexHome(login: { minutes: number }): Promise<Scene> {
  const dir = await tempDir();
  const home = `${dir.path}/.codex`;
  const folder = `${home}/accounts/1`;
  const path = `${folder}/auth.json`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write: Scene["write"] = ({ minutes, ...login }) => {
    const exp = Math.floor(Date.now() / 1000) + minutes * 60;
    const { bytes } = loginOf("account-1", { exp, ...login });
    Deno.writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
  };
  write(login);
  Deno.symlinkSync("accounts/1/auth.json", `${home}/auth.json`);
  let slept = 0;
  let stoppedAt: number | undefined;
  const notices: string[] = [];
  const accounts = new AccountManager({
    agent: "codex",
    dir: `${home}/accounts`,
    notify: (it) => void notices.push(it),
    system: {
      env: (name) => name === "HOME" ? dir.path : undefined,
      now: () => stoppedAt ?? Date.now(),
      elapsed: () => stoppedAt === undefined ? 0 : slept * 50,
      sleep: async () => {
        slept++;
        await new Promise((resolve) => setTimeout(resolve));
      },
    },
  });
  return {
    accounts,
    path,
    async begin() {
      using _none = strangers();
      const first = await accounts.beginRun({ account: 1 });
      return [first, await accounts.beginRun({ account: 1 })];
    },
    async start(run, { force = false } = {}) {
      const before = notices.length;
      await accounts.awaitStart(run, { force });
      return notices.slice(before);
    },
    async sleeps(count) {
      const enough = slept + count;
      while (slept < enough) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    write,
    stopClock: () => stoppedAt = Date.now(),
    notices: () => notices,
    async records() {
      const names = await Array.fromAsync(
        Deno.readDir(`${home}/accounts/runs`),
        (it) => it.name,
      );
      return names.filter((it) => it.startsWith("refresh"));
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
