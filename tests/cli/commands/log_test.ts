import { assert, assertEquals, assertMatch } from "@std/assert";
import { displayWidth } from "../../../lib/cli/screen/wrap.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { accountQwen, runCli } from "../../support/cli.ts";
import { runOnTerminal } from "../../support/cli_process.ts";
import { describeTree } from "../../support/describe_tree.ts";
import { problemsOf } from "../../support/json_schema.ts";
import { testWith } from "../../support/needs.ts";
import { Typist } from "../../support/typist.ts";
import { type FixedHome, fixedHome } from "./folder.ts";

const HOUR_MS = 3_600_000;

const EVENTS = [
  event("account_added", null, 1, "asked for", "2026-11-20T08:00:00.000Z"),
  event("account_switch", 1, 2, "quota", "2026-11-20T09:30:00.000Z"),
  event(
    "account_cooldown",
    1,
    null,
    "quota, until 2026-11-20T16:00:00.000Z",
    "2026-11-20T09:30:00.001Z",
  ),
  event("recovered", null, 10, "a process was killed", "2026-11-21T10:00:00Z"),
];

const TABLE = `\
time              event      account       reason
2026-11-20 08:00  added      work          by you
2026-11-20 09:30  switch     work -> home  quota
2026-11-20 09:30  cooldown   work          quota, until 2026-11-20 16:00
2026-11-21 10:00  recovered  10            a process was killed
`;

Deno.test("log prints a table with the labels of the accounts", async () => {
  await using home = await homeWith(EVENTS);
  assertEquals(await log(home), { code: 0, stdout: TABLE, stderr: "" });
});

Deno.test("log prints times of the local zone, including those in a reason", async () => {
  await using home = await homeWith(EVENTS);
  const { stdout } = await log(home, [], { TZ: "Asia/Tokyo" });
  assertMatch(stdout, /^2026-11-20 18:30 .* until 2026-11-21 01:00$/m);
});

Deno.test("log --json prints objects that match the schema, in UTC", async () => {
  await using home = await homeWith(EVENTS);
  const { stdout } = await log(home, ["--json"], { TZ: "Asia/Tokyo" });
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, EVENTS.length);
  for (const line of lines) {
    assertEquals(problemsOf(JSON.parse(line), "log"), []);
  }
  assertEquals(JSON.parse(lines[1] ?? ""), {
    schema_version: 1,
    timestamp: "2026-11-20T09:30:00Z",
    level: "info",
    event: "account_switch",
    from: 1,
    from_label: "work",
    to: 2,
    to_label: "home",
    reason: "quota",
  });
});

const FILTERS: Record<string, string[]> = {
  "-n 1": ["recovered"],
  "--last 2": ["cooldown", "recovered"],
  "-n 0": [],
  "--since 2026-11-21": ["recovered"],
  "--since 2026-11-20T09:30:00Z --last 2": ["cooldown", "recovered"],
  "--account home": ["switch"],
  "--account WOR": ["added", "switch", "cooldown"],
  "--account 10": ["recovered"],
  "--account 7": [],
};

for (const [args, events] of Object.entries(FILTERS)) {
  Deno.test(`log ${args} prints the selected events`, async () => {
    await using home = await homeWith(EVENTS);
    const { code, stdout, stderr } = await log(home, args.split(" "));
    assertEquals(code, 0);
    const rows = stdout.trimEnd().split("\n").slice(1);
    assertEquals(rows.map((it) => it.split(/ {2,}/)[1]), events);
    const none = events.length === 0 ? "account-qwen: no events found\n" : "";
    assertEquals(stderr, none);
  });
}

Deno.test("log --since 1h prints what is not older", async () => {
  const at = (ms: number) => new Date(Date.now() - ms).toISOString();
  await using home = await homeWith([
    event("account_switch", 1, 2, "old", at(2 * HOUR_MS)),
    event("account_switch", 2, 1, "young", at(HOUR_MS / 2)),
  ]);
  const { stdout } = await log(home, ["--since", "1h"]);
  assertMatch(stdout, /young\n$/);
  assert(!stdout.includes("old"), stdout);
});

const MISTAKES: Record<string, RegExp> = {
  "--since soon": /"soon" is not a duration or a date/,
  "--account nobody": /No account is named "nobody"/,
  "--last -1": /is not a whole number/,
  "work": /unexpected argument "work"/,
};

for (const [args, problem] of Object.entries(MISTAKES)) {
  Deno.test(`log ${args} exits with 2`, async () => {
    await using home = await homeWith(EVENTS);
    const { code, stdout, stderr } = await log(home, args.split(" "));
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, problem);
  });
}

Deno.test("log reads and changes nothing, and works without a log", async () => {
  await using home = await fixedHome();
  const before = await describeTree(home.dir);
  assertEquals(await log(home), {
    code: 0,
    stdout: "",
    stderr: "account-qwen: no events found\n",
  });
  assertEquals(await describeTree(home.dir), before);
});

Deno.test("log counts lines that are not events, and shows control characters", async () => {
  const steering = event("a\u001b[2J", 1, 2, "b\u0007\u202e\nc", EVENTS[0]);
  await using home = await homeWith(["nonsense", steering, "x".repeat(1e7)]);
  const { code, stdout, stderr } = await log(home);
  assertEquals({ code, stderr }, {
    code: 0,
    stderr: "account-qwen: skipped 2 lines of rotation.log that cannot be " +
      "read\n",
  });
  assertMatch(stdout, /a\\x1b\[2J .* b\\x07\\u202e\\x0ac$|b\\x07/m);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(stdout), false);
  const json = await log(home, ["--json"]);
  assertEquals(json.stdout.split("\n").length, 2);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(json.stdout), false);
});

const test = await testWith("script");

for (const columns of [60, 80, 120]) {
  test(`log fits into ${columns} columns of a terminal`, async () => {
    const reason = "a process was killed in the middle of its work ".repeat(3);
    await using home = await homeWith([
      ...EVENTS,
      event("credential_restored", 1, 2, reason, "2026-11-21T10:00:00Z"),
      event("x".repeat(90), 1, 2, "y".repeat(300), "2026-11-21T10:00:00Z"),
    ]);
    const manager = new AccountManager({ dir: home.dir });
    await manager.setLabel(1, "私の仕事用アカウント🦕🦕🦕🦕");
    const { code, stdout } = await runOnTerminal(["log"], {
      home: home.path,
      env: { NO_COLOR: "1" },
      size: { columns, rows: 50 },
    });
    assertEquals(code, 0);
    // Deno clears its own progress bar.
    // deno-lint-ignore no-control-regex
    const shown = stdout.replace(/\x1b\[\d?[GKJ]/g, "");
    for (const line of shown.split("\r\n")) {
      assert(displayWidth(line) <= columns, line);
    }
    assertMatch(shown.split(/\s+/).join(" "), /middle of its work a process/);
  });
}

test("log --follow shows what is added until Ctrl-C, and exits with 0", async () => {
  await using home = await homeWith(EVENTS.slice(0, 1));
  const path = `${home.dir}/rotation.log`;
  // The shell also gets the signal.
  const line = `trap : INT; ${accountQwen().join(" ")} log --follow; exit $?`;
  await using typist = await Typist.startLine(line, {
    home: home.path,
    env: { NO_COLOR: "1" },
  });
  await typist.answer("by you", "");
  await Deno.writeTextFile(path, `${EVENTS[1]}\n`, { append: true });
  await typist.answer("work -> home  quota\r\n", "");
  await Deno.rename(path, `${path}.1`);
  await Deno.writeTextFile(path, `${EVENTS[3]}\n`);
  await typist.answer("a process was killed\r\n", "\x03");
  assertEquals(await typist.end(), 0);
});

/** A line of the log. */
function event(
  event: string,
  from: number | null,
  to: number | null,
  reason: string,
  at = "2026-11-20T08:00:00Z",
): string {
  const timestamp = at.startsWith("{") ? JSON.parse(at).timestamp : at;
  const level = "info";
  return JSON.stringify({ timestamp, level, event, from, to, reason });
}

async function homeWith(lines: readonly string[]): Promise<FixedHome> {
  const home = await fixedHome();
  const state = `${home.dir}/state.yaml`;
  const text = await Deno.readTextFile(state);
  await Deno.writeTextFile(
    state,
    text.replace("  account1:\n", "  account1:\n    label: work\n")
      .replace("  account10:", "  account2:\n    label: home\n  account10:"),
  );
  await Deno.writeTextFile(
    `${home.dir}/rotation.log`,
    lines.map((it) => `${it}\n`).join(""),
    { mode: 0o600 },
  );
  return home;
}

async function log(
  home: FixedHome,
  args: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await runCli(["log", ...args], {
    home: home.path,
    env,
  });
  return { code, stdout, stderr };
}
