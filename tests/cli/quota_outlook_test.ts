/**
 * What `status`, `list` and `next --dry-run` say of accounts that are kept for
 * some runs, or left before their limit.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatAccounts } from "../../lib/cli/commands/list.ts";
import { formatStatus } from "../../lib/cli/screen/status_screen.ts";
import { displayWidth } from "../../lib/cli/screen/wrap.ts";
import { withUse } from "../../lib/cli/screen/used_today.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { AccountManager } from "../../lib/mod.ts";
import { appendUsage } from "../../lib/quota/usage_files.ts";
import { realSystem } from "../../lib/system/system.ts";
import { writeKeySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import { tempDir } from "../support/temp_dir.ts";

import "../support/load_libc.ts";

const NOW = Date.UTC(2026, 10, 21, 11, 40);
const HOUR_MS = 3_600_000;

/** The account `work` is nearly full, and a part of `spare` is kept. */
const USED = { work: 93, home: 10, spare: 85 };
const OPTIONS = { rotateAt: 90, reserve: ["spare: 20% for ci"] };

/** Creates the accounts; each has a window of 100 requests a day. */
async function usedAccounts(dir: string, now: number): Promise<void> {
  await Deno.mkdir(`${dir}/accounts`, { recursive: true, mode: 0o700 });
  const system = { ...realSystem, now: () => now };
  const accounts = new AccountManager({ dir, system });
  const readings = Object.entries(USED).map(([label, used], at) => ({
    label,
    account: at + 1,
    window: "day",
    unit: "requests" as const,
    limit: 100,
    used,
    resetsAt: now + 2 * HOUR_MS,
    observedAt: now,
    source: "header" as const,
  }));
  for (const { account, label } of readings) {
    await writeKeySlot(dir, account);
    await accounts.setLabel(account, label);
  }
  await accounts.switchTo(1);
  const { usage } = layoutAt(dir);
  const history = { minutes: [], refusals: [], readings };
  await appendUsage(usage, history, { now, notify() {} });
}

for (const columns of [80, 120]) {
  Deno.test(`status and list with a reserve and rotate_at equal screens/*_quota_${columns}.txt`, async () => {
    await using home = await tempDir();
    const dir = `${home.path}/.qwen`;
    await usedAccounts(dir, NOW);
    const system = { ...realSystem, now: () => NOW };
    const reader = new AccountManager({ dir, system, ...OPTIONS });
    const overview = await reader.overview();
    const view = { now: NOW, width: columns };
    const status = formatStatus({
      program: "qwen",
      ...view,
      dir,
      overview: {
        ...overview,
        accounts: await withUse(reader, overview.accounts),
      },
      log: await reader.recentEvents(),
    }).map((it) => it.text);
    const all = await withUse(reader, await reader.listAccounts());
    const list = formatAccounts(all, view);
    for (const [name, lines] of Object.entries({ status, list })) {
      assertEquals(lines.filter((it) => displayWidth(it) > columns), []);
      const text = `${lines.map((it) => it.trimEnd()).join("\n")}\n`;
      await assertGolden(`screens/${name}_quota_${columns}.txt`, text);
    }
  });
}

Deno.test("status, list and next --dry-run take reserve and rotate_at from the settings", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await usedAccounts(dir, Date.now());
  const run = async (args: string[], env = {}) => {
    const { code, stdout, stderr } = await runCli(args, {
      home: home.path,
      env,
    });
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  const before = await run(["status"]);
  assertMatch(before, /^next: work \(active; used until it runs out\)\n/);
  await run(["config", "set", "rotate_at", "90%"]);
  await run(["config", "set", "reserve", OPTIONS.reserve.join()]);
  const status = await run(["status"]);
  assertMatch(status, /^next: home \(work has used 93 % of day \(header\)\)\n/);
  const list = await run(["list"]);
  for (const text of [status, list]) {
    assertMatch(text, /\n.* work .*ready: left early until \d\d:\d\d/);
    assertMatch(
      text,
      /\n.* spare .*resting until \d\d:\d\d \(service\): reserved for ci/,
    );
  }
  const { accounts } = JSON.parse(await run(["list", "--json"]));
  const said = accounts.map((it: Record<string, unknown>) => [
    it.state,
    it.reason,
    typeof it.until,
  ]);
  assertEquals(said, [
    ["ready", "left early", "string"],
    ["ready", null, "object"],
    ["resting", "reserved for ci", "string"],
  ]);
  const preview = await run(["next", "--dry-run"]);
  assertMatch(
    preview,
    /^work .*: left early until .*, ready now, is active\nhome .*: ready now, would become active\nspare .*: reserved for ci until .*, ready now\n/,
  );
  assertStringIncludes(
    preview.replaceAll(/\s+/g, " "),
    "a run in this folder would use home (account 2): work has used 93 % of " +
      "day (header)",
  );
  const own = await run(["status"], { ACCOUNT_QWEN_FOR: "ci" });
  assertMatch(own, /\n.* spare .* ready\n/);
  assertEquals(await run(["status", "--short"]), "work 3/3\n");
});

Deno.test("status says that a run uses another account since the active one is reserved", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await usedAccounts(dir, Date.now());
  const reserve = ["10% for ci"];
  const accounts = new AccountManager({ dir, reserve });
  const { next } = await accounts.overview();
  assertEquals(next, { index: 2, why: "work is reserved" });
});

Deno.test("status names no account as left early if no other one has room", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await usedAccounts(dir, Date.now());
  const accounts = new AccountManager({ dir, ...OPTIONS, rotateAt: 15 });
  const { accounts: all, next } = await accounts.overview();
  assertEquals(next?.index, 1);
  assertEquals(all.map((it) => it.reason), [
    undefined,
    undefined,
    "reserved for ci",
  ]);
});

Deno.test("status shows a learned limit if a reserve or rotate_at depends on it", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  const now = Date.UTC(2026, 10, 21, 11, 40);
  await Deno.mkdir(`${dir}/accounts`, { recursive: true, mode: 0o700 });
  for (const account of [1, 2]) await writeKeySlot(dir, account);
  await learnDay(layoutAt(dir).usage, now);
  const system = { ...realSystem, now: () => now };
  const quotaOf = async (options: typeof OPTIONS | Record<never, never>) => {
    const reader = new AccountManager({ dir, system, ...options });
    const [first] = await withUse(reader, await reader.listAccounts());
    return [first?.used?.share, first?.reason, first?.source];
  };
  assertEquals(await quotaOf({}), ["", undefined, undefined]);
  const [share = "", ...why] = await quotaOf({ rotateAt: 90 });
  assertMatch(share, /^9\d % of day \(learned, /);
  assertEquals(why, ["left early", undefined]);
  // No service has said when the window begins again.
  const [, ...kept] = await quotaOf({ reserve: ["20% for ci"] });
  assertEquals(kept, ["reserved for ci", "guess"]);
});

/** Writes what tells that account 1 has about 50 requests a day. */
async function learnDay(usage: string, now: number): Promise<void> {
  const DAY_MS = 24 * HOUR_MS;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  for (let day = 5; day >= 0; day--) {
    const begin = today - day * DAY_MS;
    const requests = day === 0 ? 47 : 50 + day % 2;
    const minutes = Array.from({ length: requests }, (_, at) => ({
      account: 1,
      model: "qwen3",
      at: begin + at * 60_000,
      requests: 1,
      inputTokens: 1_000,
      outputTokens: 100,
      cachedTokens: 0,
      reasoningTokens: 0,
      errors: {},
    }));
    const refusals = [1, 10].map((hours) => ({
      account: 1,
      model: "qwen3",
      at: begin + hours * HOUR_MS,
      kind: "quota" as const,
    }));
    await appendUsage(usage, {
      minutes,
      readings: [],
      refusals: day === 0 ? [] : refusals,
    }, { now: day === 0 ? now : begin + DAY_MS - 1, notify() {} });
  }
}
