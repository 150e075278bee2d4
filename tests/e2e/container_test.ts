import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli } from "../support/cli.ts";
import { type Container, container } from "../support/container.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { writeKeySlot } from "../support/account_folder.ts";
import { accessToken } from "../support/home.ts";
import { lineReader } from "../process/programs.ts";
import { startLockProgram } from "../support/lock_programs.ts";
import { testWith } from "../support/needs.ts";
import { makePipe, openPipe, readPipe } from "../support/pipe.ts";
import { spawn } from "../support/deadline.ts";

const EXEC = ["exec", "--bin", FAKE_QWEN, "--", "hello"];

/** Prints the login that the program finds. */
const PRINTS_LOGIN = 'cat "$HOME/.qwen/oauth_creds.json"';

const NO_WAIT = { ACCOUNT_QWEN_LOCK_TIMEOUT: "1s" };
const TIMES = 20;

const test = await testWith("namespace", "flock");

test(
  "exec rotates in a container, and its link points to the same account on the host",
  async () => {
    await using host = await fakeHome({
      1: OUT_OF_QUOTA,
      2: answers("from 2"),
    });
    await using inside = await containerOf(host);
    const { code, stdout, stderr } = await inside.accountQwen(EXEC);
    assertEquals({ code, stdout }, { code: 0, stdout: "from 2" }, stderr);
    assertEquals(await host.link(), "accounts/oauth_creds_2.json");
    const { stdout: list } = await runCli(["list"], { home: host.path });
    assertStringIncludes(list, "\n*  2 ");
  },
);

test("a lock of the host keeps a container out", async () => {
  await using host = await fakeHome({ 1: "", 2: "" });
  await using inside = await containerOf(host);
  const path = `${host.dir}/state.yaml.lock`;
  await using holder = await startLockProgram("account-qwen", path);
  assert(holder.locked);
  const args = ["switch", "2"];
  const { code, stderr } = await inside.accountQwen(args, NO_WAIT);
  assertEquals(code, 75);
  assertStringIncludes(stderr, "within 1000 ms: another process holds it");
  assertEquals(await host.link(), "accounts/oauth_creds_1.json");
});

test(
  "a lock of a container keeps the host out, and ends with the container",
  async () => {
    await using host = await fakeHome({ 1: "", 2: "" });
    await using inside = await containerOf(host);
    await makePipe(`${inside.home}/locked`);
    await makePipe(`${inside.home}/end`);
    const script = `exec 9>"$HOME/.qwen/state.yaml.lock" && flock 9 &&
    echo yes >"$HOME/locked" && cat "$HOME/end"`;
    const holder = inside.run(["sh", "-c", script]);
    await readPipe(`${inside.home}/locked`, holder);
    const args = ["switch", "2"];
    const first = await runCli(args, { home: host.path, env: NO_WAIT });
    (await openPipe(`${inside.home}/end`, holder)).close();
    await holder;
    const second = await runCli(args, { home: host.path, env: NO_WAIT });
    assertEquals([first.code, second.code], [75, 0], first.stderr);
  },
);

test(
  "no switch is lost when the host and a container switch at the same time",
  async () => {
    await using host = await fakeHome({ 1: "", 2: "", 3: "" });
    await using inside = await containerOf(host);
    const fixture = `${CHECKOUT}/tests/fixtures/switch_accounts.ts`;
    const args = ["run", "--cached-only", "-A", fixture];
    const [deno, times] = [Deno.execPath(), `${TIMES}`];
    const there = inside.start([deno, ...args, `${inside.home}/.qwen`, times]);
    const here = spawn(deno, {
      args: [...args, host.dir, times],
      stdin: "piped",
      stdout: "piped",
    });
    const switchers = [there, here].map((child) => ({
      child,
      lines: lineReader(child.stdout),
    }));
    for (const { lines } of switchers) {
      assertEquals(await lines.next(), "ready");
    }
    for (const { child } of switchers) await child.stdin.close();
    for (const { child, lines } of switchers) {
      while (await lines.next());
      assertEquals((await child.status).code, 0);
    }
    const { stdout } = await runCli(["stats", "--json"], { home: host.path });
    assertEquals(JSON.parse(stdout).switches_total, 2 * TIMES);
    assertEquals((await host.events("account_switch")).length, 2 * TIMES);
  },
);

async function writeLine(pipe: string, running: Promise<unknown>) {
  using opened = await openPipe(pipe, running);
  await opened.write(new TextEncoder().encode("\n"));
}

/** Writes a new login, as `qwen` does, when the test tells it to. */
const REFRESHES = `
  echo up >"$HOME/up"
  read -r _ <"$HOME/write"
  live="$HOME/.qwen/oauth_creds.json"
  sed 's/secret-/newer-/g' "$live.1" >"$live.new"
  mv "$live.new" "$live"
  echo written >"$HOME/written"
  read -r _ <"$HOME/end"
  printf answer`;

for (const [runner, other] of [["host", "container"], ["container", "host"]]) {
  test(
    `the ${other} does not assign the login of a run on the ${runner} to another account`,
    async () => {
      await using host = await fakeHome({ 1: REFRESHES, 2: answers("no") });
      await Deno.copyFile(host.slot(1), `${host.dir}/oauth_creds.json.1`);
      await using inside = await containerOf(host);
      const onHost = (args: string[]) => runCli(args, { home: host.path });
      const isInside = runner === "container";
      const [first, second] = isInside
        ? [inside.accountQwen, onHost]
        : [onHost, inside.accountQwen];
      const home = isInside ? inside.home : host.path;
      for (const name of ["up", "write", "written", "end"]) {
        await makePipe(`${home}/${name}`);
      }
      const running = first(EXEC);
      await readPipe(`${home}/up`, running);
      const switched = await second(["switch", "2"]);
      await writeLine(`${home}/write`, running);
      await readPipe(`${home}/written`, running);
      const settled = await second(["label", "2", "work"]);
      await writeLine(`${home}/end`, running);
      const { code, stdout } = await running;
      assertEquals([switched.code, settled.code], [0, 0], settled.stderr);
      assertEquals({ code, stdout }, { code: 0, stdout: "answer" });
      const slot = await Deno.readTextFile(host.slot(2));
      assertStringIncludes(slot, accessToken(2));
      const kept = await contentsOf(`${host.dir}/accounts/stash`);
      assertEquals(kept.length, 1, settled.stderr);
      assertStringIncludes(kept[0] ?? "", "newer-access-token-1");
    },
  );
}

test(
  "switch shows what to do when the accounts are mounted read-only",
  async () => {
    await using host = await fakeHome({ 1: answers("no"), 2: answers("no") });
    await using inside = await containerOf(host, { readOnly: true });
    const { code, stdout, stderr } = await inside.accountQwen(["switch", "2"]);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertStringIncludes(stderr, 'state.yaml.lock": read-only file system');
    assertStringIncludes(stderr, "hint: make the accounts folder");
  },
);

test(
  "exec rotates among logins that are mounted read-only, and sends no refresh token",
  async () => {
    await using host = await fakeHome({ 1: OUT_OF_QUOTA, 2: PRINTS_LOGIN });
    await using inside = await containerOf(host, { readOnly: true });
    const before = await contentsOf(`${host.dir}/accounts`);
    const { code, stdout, stderr } = await inside.accountQwen(EXEC);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, accessToken(2));
    assertEquals(stdout.includes("secret-refresh-token"), false);
    assertStringIncludes(stderr, "continuing with account 2");
    assertEquals(await host.link(), "accounts/oauth_creds_1.json");
    assertEquals(await contentsOf(`${host.dir}/accounts`), before);
    assertEquals(await leftInMemory(inside), []);
  },
);

/**
 * How long a token is still valid, and whether it is used where nobody can
 * refresh it.
 */
const TOKENS = [
  { leftMs: -1_000, isUsed: false, reason: "its token has expired" },
  { leftMs: 9 * 60_000, isUsed: false, reason: "its token expires in 8 min" },
  { leftMs: 12 * 60_000, isUsed: true, reason: "" },
];

for (const { leftMs, isUsed, reason } of TOKENS) {
  test(
    `exec ${
      isUsed ? "uses" : "does not use"
    } a login with ${leftMs} ms left that is mounted read-only`,
    async () => {
      await using host = await fakeHome({ 1: answers("from 1") });
      const login = JSON.parse(await Deno.readTextFile(host.slot(1)));
      login.expiry_date = Date.now() + leftMs;
      await Deno.writeTextFile(host.slot(1), JSON.stringify(login));
      await using inside = await containerOf(host, { readOnly: true });
      const { code, stdout, stderr } = await inside.accountQwen(EXEC);
      const expected = isUsed
        ? { code: 0, stdout: "from 1" }
        : { code: 1, stdout: "" };
      assertEquals({ code, stdout }, expected, stderr);
      if (isUsed) return;
      assertStringIncludes(stderr, `Cannot use account 1: ${reason}`);
      assertStringIncludes(stderr, "which is read-only");
      assertStringIncludes(stderr, "hint: make the accounts folder");
    },
  );
}

test("exec --account names no other account that is mounted read-only", async () => {
  await using host = await fakeHome({ 1: "", 2: answers("from 2") });
  const login = JSON.parse(await Deno.readTextFile(host.slot(1)));
  login.expiry_date = Date.now() - 1_000;
  await Deno.writeTextFile(host.slot(1), JSON.stringify(login));
  await using inside = await containerOf(host, { readOnly: true });
  const [command = "", ...args] = EXEC;
  const ofSecond = [command, "--account=2", ...args];
  const { code, stdout, stderr } = await inside.accountQwen(ofSecond);
  assertEquals({ code, stdout }, { code: 0, stdout: "from 2" }, stderr);
  assertEquals(stderr.includes("account 1"), false, stderr);
});

/**
 * Answers with the second key; with any other key it reports the end of the
 * quota.
 */
const NEEDS_KEY_2 = `
  case "$OPENAI_API_KEY" in
    *-2-*) printf 'from key 2' ;;
    *) ${OUT_OF_QUOTA} ;;
  esac`;

test("exec rotates among keys that are mounted read-only", async () => {
  await using host = await fakeHome({ 9: "" });
  await Deno.remove(host.slot(9));
  await Deno.remove(`${host.dir}/oauth_creds.json`);
  for (const index of [1, 2]) await writeKeySlot(host.dir, index);
  await using inside = await containerOf(host, { readOnly: true });
  const program = `${inside.home}/qwen`;
  const script = `#!/bin/sh\n${NEEDS_KEY_2}\n`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  const args = ["exec", "--mode=link", "--bin", program, "--", "hello"];
  const { code, stdout, stderr } = await inside.accountQwen(args);
  assertEquals({ code, stdout }, { code: 0, stdout: "from key 2" }, stderr);
  assertStringIncludes(stderr, "continuing with account 2");
});

for (const args of [["list"], ["stats"], ["next", "--dry-run"]]) {
  test(
    `${args.join(" ")} works when the accounts are mounted read-only`,
    async () => {
      await using host = await fakeHome({ 1: "", 2: "" });
      await using inside = await containerOf(host, { readOnly: true });
      const { code, stdout, stderr } = await inside.accountQwen(args);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertStringIncludes(stdout, "1");
    },
  );
}

/**
 * The copies of accounts that a call has left behind; other tests make some
 * too.
 */
async function leftInMemory({ home }: Container): Promise<string[]> {
  const left: string[] = [];
  for await (const { name } of Deno.readDir("/dev/shm")) {
    const link = `/dev/shm/${name}/.qwen/settings.json`;
    const target = await Deno.readLink(link).catch(() => "");
    if (target.startsWith(home)) left.push(name);
  }
  return left;
}

async function contentsOf(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const files = entries.filter((it) => it.isFile).map((it) => it.name);
  return await Promise.all(
    files.sort().map((it) => Deno.readTextFile(`${folder}/${it}`)),
  );
}

/** A container in whose home the program finds its instructions. */
async function containerOf(
  host: FakeHome,
  options?: { readOnly: boolean },
): Promise<Container> {
  const inside = await container(host, options);
  await Deno.mkdir(`${inside.home}/plays`);
  for await (const { name } of Deno.readDir(`${host.path}/plays`)) {
    const path = `plays/${name}`;
    await Deno.copyFile(`${host.path}/${path}`, `${inside.home}/${path}`);
  }
  return inside;
}
