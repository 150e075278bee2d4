/**
 * The screens of `status`, `list` and `log`, and the manual page, as files in
 * `tests/testdata/screens/` to be read by eye.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { COMMANDS } from "../support/commands.ts";
import { formatAccounts } from "../../lib/cli/commands/list.ts";
import { displayWidth } from "../../lib/cli/screen/wrap.ts";
import { LogScreen } from "../../lib/cli/screen/log_screen.ts";
import { formatManPage } from "../../lib/cli/line/man_page.ts";
import type { Paint } from "../../lib/cli/screen/paint.ts";
import { formatStatus } from "../../lib/cli/screen/status_screen.ts";
import { AccountManager } from "../../lib/mod.ts";
import type { LoggedEvent } from "../../lib/disk/audit_tail.ts";
import { realSystem } from "../../lib/system/system.ts";
import { writeKeySlot } from "../support/account_folder.ts";
import { assertGolden } from "../support/golden.ts";
import { tempDir } from "../support/temp_dir.ts";

import "../support/load_libc.ts";

const NOW = Date.UTC(2026, 10, 21, 11, 40);
const HOUR_MS = 3_600_000;

const LABELS = [
  "work",
  "home",
  "free",
  "spare",
  "仕事用アカウント",
  "old laptop",
];

for (const columns of [60, 80, 120]) {
  Deno.test(`status and list on a terminal of ${columns} columns equal screens/*_${columns}.txt`, async () => {
    await using home = await tempDir();
    const accounts = await varied(`${home.path}/.qwen`);
    const overview = await accounts.overview();
    const view = { now: NOW, width: columns };
    const status = formatStatus({
      program: "qwen",
      ...view,
      dir: `${Deno.env.get("HOME")}/.qwen`, // as most users have it
      overview,
      log: await accounts.recentEvents(),
    }).map((it) => it.text);
    const list = formatAccounts(await accounts.listAccounts(), view);
    for (const [name, lines] of Object.entries({ status, list })) {
      const tooLong = lines.filter((it) => displayWidth(it) > columns);
      assertEquals(tooLong, []);
      const text = `${lines.map((it) => it.trimEnd()).join("\n")}\n`;
      await assertGolden(`screens/${name}_${columns}.txt`, text);
    }
  });
}

Deno.test("status and list fit 20 columns, except for commands to paste", async () => {
  await using home = await tempDir();
  const accounts = await varied(`${home.path}/.qwen`);
  const view = { now: NOW, width: 20 };
  const lines = [
    ...formatStatus({
      program: "qwen",
      ...view,
      dir: `${Deno.env.get("HOME")}/.qwen`,
      overview: await accounts.overview(),
      log: await accounts.recentEvents(),
    }).map((it) => it.text).filter((it) => !it.includes("-> account-qwen")),
    ...formatAccounts(await accounts.listAccounts(), view),
  ];
  assertEquals(lines.filter((it) => displayWidth(it) > 20), []);
});

/** Events of every appearance. */
const EVENTS: [
  level: string,
  event: string,
  from: number | null,
  to: number | null,
  reason: string,
][] = [
  ["info", "account_added", null, 1, "asked for"],
  ["info", "account_labelled", 1, null, "asked for: dashscope -> work"],
  ["info", "order_changed", null, null, "asked for: work, 仕事用アカウント"],
  ["info", "account_switch", 1, 5, "quota"],
  [
    "info",
    "account_cooldown",
    1,
    null,
    "quota, until 2026-11-21T16:00:00Z",
  ],
  [
    "info",
    "account_cooldown",
    5,
    null,
    "asked for, until 2026-11-22T17:40:00Z",
  ],
  ["info", "cooldown_cleared", 5, null, "asked for"],
  ["info", "account_disabled", 6, null, "asked for"],
  [
    "error",
    "state_rebuilt",
    null,
    null,
    "state.yaml was damaged and is kept as state.yaml.broken, because it " +
    "cannot be read",
  ],
];

for (const columns of [60, 80, 120]) {
  Deno.test(`log on a terminal of ${columns} columns equals screens/log_${columns}.txt`, async () => {
    const names = LABELS.map((label, at) => ({ index: at + 1, label }));
    const screen = new LogScreen(names, {
      isJson: false,
      paint: { bold: (it) => it, red: (it) => it } as Paint,
      width: () => columns,
    });
    const lines = screen.lines(EVENTS.map((
      [level, event, from, to, reason],
      at,
    ) => {
      const time = NOW + at * HOUR_MS;
      const timestamp = new Date(time).toISOString();
      const entry = { timestamp, level, event, from, to, reason };
      return { time, ...entry } as LoggedEvent;
    }));
    assertEquals(lines.filter((it) => displayWidth(it) > columns), []);
    const text = `${lines.map((it) => it.trimEnd()).join("\n")}\n`;
    await assertGolden(`screens/log_${columns}.txt`, text);
  });
}

Deno.test("the manual page is screens/man.txt", async () => {
  await assertGolden("screens/man.txt", formatManPage(COMMANDS));
});

/** Accounts, each of which is in another state. */
async function varied(dir: string): Promise<AccountManager> {
  await Deno.mkdir(`${dir}/accounts`, { recursive: true, mode: 0o700 });
  for (const at of LABELS.keys()) await writeKeySlot(dir, at + 1);
  const system = { ...realSystem, now: () => NOW };
  const accounts = new AccountManager({ dir, system });
  for (const [at, it] of LABELS.entries()) {
    await accounts.setLabel(at + 1, it);
  }
  const outcomes = [
    { kind: "quota" },
    { kind: "quota", retryAt: NOW + 4 * HOUR_MS },
    { kind: "auth" },
  ] as const;
  for (const [at, outcome] of outcomes.entries()) {
    const run = await accounts.beginRun({ account: at + 2 });
    await accounts.endRun(run, outcome);
  }
  await accounts.setCooldown(5, 30 * HOUR_MS);
  await accounts.disable(6);
  await accounts.switchTo(1);
  return accounts;
}
