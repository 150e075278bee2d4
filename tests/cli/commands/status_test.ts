import { assert, assertEquals, assertMatch } from "@std/assert";
import "../../support/load_libc.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { describeTree } from "../../support/describe_tree.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { fixedHome } from "./folder.ts";

const ACCOUNTS = { accounts: 1, baseUrl: "http://provider.invalid/v1" };

Deno.test("status says which account is next and why, and the state of each", async () => {
  await using home = await variedHome();
  const { code, stdout, stderr } = await status(home);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [next, , heading, ...rows] = stdout.split("\n");
  assertEquals(next, "next: work (active; used until it runs out)");
  assertEquals(heading?.trim().split(/ {2,}/), [
    "account",
    "no.",
    "service",
    "state",
  ]);
  const cells = rows.slice(0, 5).map((it) => it.split(/ {2,}/));
  assertEquals(cells.map((it) => it.slice(0, 4)), [
    [">", "work", "1", "qwen-login"],
    ["", "仕事用", "2", "provider-2.invalid"],
    ["", "free", "3", "provider-3.invalid"],
    ["", "spare", "4", "provider-4.invalid"],
    ["", "5", "5", "provider-5.invalid"],
  ]);
  const [work, guess, free, spare, last] = cells.map((it) => it[4] ?? "");
  assertEquals([work, last], ["ready", "disabled -> account-qwen enable 5"]);
  assertMatch(
    guess ?? "",
    /^resting, next try in (?:[12] min|\d+ s) \(our guess\): out of quota$/,
  );
  assertMatch(
    free ?? "",
    /^resting until \d\d:\d\d \(service\): out of quota$/,
  );
  assertMatch(
    spare ?? "",
    /^key refused at \d\d:\d\d -> account-qwen add --replace spare$/,
  );
  assertMatch(
    rows.at(-2) ?? "",
    /^0 runs under way, \d switch(es)? today, last: .* at \d\d:\d\d \(.*\)$/,
  );
});

Deno.test("list and status describe every account in the same words, and doctor those to fix", async () => {
  await using home = await variedHome();
  const of = async (...args: string[]) =>
    JSON.parse((await runCli([...args, "--json"], { home: home.path })).stdout);
  const views = [await of("status"), await of("list")];
  const [inStatus, inList] = views.map(({ accounts }) =>
    accounts.map((it: Record<string, unknown>) => {
      const { index, label, state, reason, source, until, since } = it;
      return { index, label, state, reason, source, until, since };
    })
  );
  assertEquals(inStatus, inList);
  const states = inStatus.map((it: { state: string }) => it.state);
  assertEquals(states, ["ready", "resting", "resting", "refused", "disabled"]);
  const sources = inStatus.map((it: { source: string }) => it.source);
  assertEquals(sources, [null, "guess", "provider", "provider", "user"]);
  const { findings } = await of("doctor");
  const problems = findings.map((it: { problem: string }) => it.problem);
  assert(problems.some((it: string) => /spare.*key refused/.test(it)));
});

Deno.test("status --json counts the runs in progress", async () => {
  await using home = await testHome(ACCOUNTS);
  await writeKeySlot(home.dir, 2);
  const accounts = new AccountManager({ dir: home.dir });
  const run = await accounts.beginRun({ account: 2 });
  const during = JSON.parse((await status(home, "--json")).stdout);
  await accounts.endRun(run, { kind: "ok" });
  const after = JSON.parse((await status(home, "--json")).stdout);
  const runsOf = (it: { accounts: { runs: number }[] }) =>
    it.accounts.map(({ runs }) => runs);
  assertEquals([runsOf(during), runsOf(after)], [[0, 1], [0, 0]]);
  const [, used] = during.accounts;
  assert(Date.parse(used.running_since) <= Date.now());
  assertEquals([used.in_flight, used.waiting], [0, 0]);
  assertEquals(after.accounts[1].running_since, null);
});

const STRATEGIES: Readonly<Record<string, [next: number, why: RegExp]>> = {
  "round-robin": [3, /^active; used until it runs out$/],
  "fill-first": [1, /^first in the order$/],
  "least-recently-used": [2, /^used the longest ago$/],
  "sticky": [3, /^active; this folder will stay with it$/],
};

for (const [strategy, [next, why]] of Object.entries(STRATEGIES)) {
  Deno.test(`status chooses as exec would with ${strategy}`, async () => {
    await using home = await testHome({ ...ACCOUNTS, accounts: 3 });
    const accounts = new AccountManager({ dir: home.dir });
    for (const it of [2, 1, 3]) await accounts.switchTo(it);
    const env = { ACCOUNT_QWEN_STRATEGY: strategy };
    const args = ["status", "--json"];
    const { stdout } = await runCli(args, { home: home.path, env });
    const found = JSON.parse(stdout).next;
    assertEquals(found.index, next);
    assertMatch(found.why, why);
  });
}

Deno.test("status says why the active account is not the next one", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(1, "work");
  await accounts.setCooldown(1, 3_600_000);
  const { stdout } = await status(home);
  assertMatch(stdout, /^next: account 2 \(work is resting\)\n/);
  assertMatch(stdout, /\n\* {2}work .*\n> {2}2 /);
});

Deno.test("status and doctor say when the first account is ready if none is", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  const until = await accounts.setCooldown(1, 3_600_000);
  const clock = new Date(until).toISOString().slice(11, 16);
  const { code, stdout } = await status(home);
  assertEquals(code, 0);
  assertMatch(stdout, new RegExp(`^next: none \\(.* ready at ${clock}\\)\n`));
  const json = JSON.parse((await status(home, "--json")).stdout);
  assertEquals([json.next, Date.parse(json.ready_at)], [null, until]);
  const short = await status(home, "--short");
  assertEquals([short.code, short.stdout], [75, `none ${clock}\n`]);
  const { stdout: said } = await runCli(["doctor"], { home: home.path });
  assert(!/all is well|nothing is wrong/.test(said), said);
});

Deno.test("status and doctor promise only another try when every key was refused", async () => {
  await using home = await testHome(ACCOUNTS);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.endRun(await accounts.beginRun(), { kind: "auth" });
  const { stdout } = await status(home);
  assertMatch(
    stdout,
    /^next: none \(account 1 will be tried again at \d\d:\d\d\)\n/,
  );
  const doctor = await runCli(["doctor"], { home: home.path });
  assertMatch(doctor.stdout, /next try in .* with account 1 \(our guess\)\n/);
});

Deno.test("status shows a login as unusable when the installed qwen refuses it", async () => {
  await using home = await testHome(ACCOUNTS);
  await Deno.remove(`${home.dir}/settings.json`);
  const bin = `${home.path}/bin`;
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${bin}/qwen`, "#!/bin/sh\n", { mode: 0o755 });
  await Deno.writeTextFile(`${bin}/package.json`, '{"version": "0.24.4"}');
  const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
  const args = ["status", "--json"];
  const { stdout } = await runCli(args, { home: home.path, env });
  const { next, accounts: [first] } = JSON.parse(stdout);
  assertEquals([next, first.state, first.source], [null, "ended", "agent"]);
  assertEquals(first.reason, "qwen 0.24.4 refuses such logins");
});

for (
  const args of [["status"], ["status", "--json"], ["status", "--short"], [
    "which",
  ]]
) {
  Deno.test(`${args.join(" ")} answers and changes nothing while the lock is held`, async () => {
    await using home = await fixedHome();
    const path = `${home.dir}/state.yaml.lock`;
    using _lock = await runtime.files.tryLock(path, 0o600);
    const before = await describeTree(home.dir);
    const { code } = await runCli(args, { home: home.path, timeoutMs: 20_000 });
    assertEquals(code, 0);
    assertEquals(await describeTree(home.dir), before);
  });
}

Deno.test("status says what to do when there is no account", async () => {
  await using home = await tempDir();
  const { code, stdout } = await runCli(["status"], { home: home.path });
  assertEquals([code, stdout], [0, "no accounts yet: account-qwen setup\n"]);
  const short = await runCli(["status", "--short"], { home: home.path });
  assertEquals([short.code, short.stdout], [75, "none\n"]);
});

Deno.test("status ignores lines of rotation.log that cannot be ours", async () => {
  await using home = await testHome(ACCOUNTS);
  const lines = [
    { timestamp: "9999999-01-01T00:00:00Z", from: 1, to: 2 },
    { timestamp: "2026-11-21T08:35:00Z", from: 1e99, to: 1.5 },
  ].map((it) =>
    JSON.stringify({ level: "info", event: "account_switch", ...it })
  );
  await Deno.writeTextFile(`${home.dir}/rotation.log`, `${lines.join("\n")}\n`);
  const { stdout } = await runCli(["status"], { home: home.path });
  assertMatch(stdout, /\b0 switches today, last: none -> none on 2026-11-21$/m);
});

Deno.test("status names a mistake in the settings and continues without them", async () => {
  await using home = await testHome(ACCOUNTS);
  const env = { ACCOUNT_QWEN_STRATEGY: "best" };
  const { code, stdout, stderr } = await runCli(["status"], {
    home: home.path,
    env,
  });
  assertEquals(code, 0);
  assertMatch(stdout, /^next: account 1 /);
  assertMatch(stderr, /Cannot use ACCOUNT_QWEN_STRATEGY/);
});

for (
  const args of [["--watch"], ["--short", "--json"], ["--short", "--watch"]]
) {
  Deno.test(`status ${args.join(" ")} exits with 2 in a pipe`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stdout } = await status(home, ...args);
    assertEquals([code, stdout], [2, ""]);
  });
}

Deno.test("which prints the label and the number of the active account", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setLabel(2, "work");
  await accounts.switchTo(2);
  const { code, stdout } = await runCli(["which"], { home: home.path });
  assertEquals(code, 0);
  assertMatch(stdout, /\bwork\b/);
  assertMatch(stdout, /\b2\b/);
  const json = await runCli(["which", "--json"], { home: home.path });
  const { index, label } = JSON.parse(json.stdout);
  assertEquals([index, label], [2, "work"]);
});

Deno.test("which exits with 4 when there is no account", async () => {
  await using home = await tempDir();
  const { code, stdout, stderr } = await runCli(["which"], { home: home.path });
  assertEquals([code, stdout], [4, ""]);
  assertMatch(stderr, /hint: account-qwen setup/);
});

async function status(home: TestHome, ...args: string[]) {
  return await runCli(["status", ...args], { home: home.path });
}

/**
 * A home with a ready account, one whose cooldown is a guess, one whose
 * cooldown the service named, one whose key was refused, and one that is
 * disabled.
 */
async function variedHome(): Promise<TestHome> {
  const home = await testHome(ACCOUNTS);
  for (const it of [2, 3, 4, 5]) await writeKeySlot(home.dir, it);
  const accounts = new AccountManager({ dir: home.dir });
  const labels = ["work", "仕事用", "free", "spare"];
  for (const [at, it] of labels.entries()) await accounts.setLabel(at + 1, it);
  const outcomes = [
    { kind: "quota" },
    { kind: "quota", retryAt: Date.now() + 7_200_000 },
    { kind: "auth" },
  ] as const;
  for (const [at, outcome] of outcomes.entries()) {
    const run = await accounts.beginRun({ account: at + 2 });
    await accounts.endRun(run, outcome);
  }
  await accounts.switchTo(2); // a switch to tell of
  await accounts.switchTo(1);
  await disable(home.dir, 5); // nothing is known about it yet
  return home;
}

async function disable(dir: string, index: number): Promise<void> {
  const path = `${dir}/state.yaml`;
  const text = await Deno.readTextFile(path);
  const account = `  account${index}:\n    disabled: true\n` +
    "    switches_count: 0\n    last_used: null\n";
  const accounts = text.replace("accounts:\n", `accounts:\n${account}`);
  await Deno.writeTextFile(path, accounts, { mode: 0o600 });
}
