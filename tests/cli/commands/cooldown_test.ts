import { assertEquals, assertMatch } from "@std/assert";
import "../../support/load_libc.ts";
import { minute } from "../../../lib/cli/screen/time.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { nameOf } from "../../../lib/account_name.ts";
import { runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 3, baseUrl: "http://provider.invalid/v1" };

const MINUTE_MS = 60_000;

Deno.test("cooldown set excludes an account for a time", async () => {
  await using home = await testHome(ACCOUNTS);
  const before = Date.now();
  const { code, stdout, stderr } = await cooldown(home, "set", "2", "45m");
  const until = await readyAtOf(home, 2);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: `account 2 rests until ${minute(until)} (45 min)\n`,
    stderr: "",
  });
  assertEquals(Math.floor((until - before) / MINUTE_MS), 45);
});

Deno.test("cooldown set keeps a long time", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await cooldown(home, "set", "2", "99999h");
  const until = await readyAtOf(home, 2);
  assertEquals(
    stdout,
    `account 2 rests until ${minute(until)} (4166 d 15 h)\n`,
  );
  const hours = (until - Date.now()) / (60 * MINUTE_MS);
  assertEquals(Math.round(hours), 99_999);
});

const ZONES: [zone: string, offsetHours: number][] = [
  ["UTC", 0],
  ["Asia/Tokyo", 9],
  ["America/Phoenix", -7],
];

for (const [zone, offsetHours] of ZONES) {
  Deno.test(`cooldown set accepts a date and a weekday, in several words, in ${zone}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const env = { TZ: zone };
    const set = (...time: string[]) =>
      runCli(["cooldown", "set", "2", ...time], { home: home.path, env });
    await set("2099-12-01 16:00");
    const ahead = offsetHours * 60 * MINUTE_MS;
    const wall = Date.UTC(2099, 11, 1, 16);
    assertEquals(await readyAtOf(home, 2), wall - ahead);
    const { code, stdout } = await set("mon", "09:00");
    assertEquals(code, 0);
    assertMatch(stdout, /^account 2 rests until .* \(.+\)\n$/);
    const until = await readyAtOf(home, 2);
    const local = new Date(until + ahead);
    assertEquals([local.getUTCDay(), local.getUTCHours()], [1, 9]);
    assertEquals(until > Date.now(), true);
  });
}

Deno.test("cooldown set refuses a time that no calendar has", async () => {
  await using home = await testHome(ACCOUNTS);
  const { code, stderr } = await cooldown(home, "set", "2", "99999999999h");
  assertEquals({ code, stderr }, {
    code: 2,
    stderr: "account-qwen: error: Cannot set a cooldown: it would end after " +
      "the year 9999\naccount-qwen: hint: for example: account-qwen cooldown set 2 45m\n",
  });
});

Deno.test("cooldown set --json and clear --json print one JSON object", async () => {
  await using home = await testHome(ACCOUNTS);
  const set = await cooldown(home, "set", "2", "1d", "--json");
  const until = new Date(await readyAtOf(home, 2)).toISOString().replace(
    ".000Z",
    "Z",
  );
  const one = await cooldown(home, "clear", "2", "--json");
  const all = await cooldown(home, "clear", "--json");
  assertEquals([set, one, all].map((it) => JSON.parse(it.stdout)), [
    { schema_version: 1, index: 2, label: null, until },
    { schema_version: 1, index: 2, label: null, until: null },
    { schema_version: 1, index: null, label: null, until: null },
  ]);
});

for (const args of [["list"], []]) {
  Deno.test(`cooldown ${args} says when each account is ready, the earliest first`, async () => {
    await using home = await testHome(ACCOUNTS);
    await cooldown(home, "set", "1", "2h");
    await runCli(["label", "2", "work"], { home: home.path });
    const { code, stdout } = await cooldown(home, ...args);
    assertEquals(code, 0);
    const [first, second, third, ...rest] = stdout.split("\n");
    assertEquals([first, second, rest], [
      `${nameOf(2, "work")}: ready now`,
      "account 3: ready now",
      [""],
    ]);
    assertMatch(
      third ?? "",
      /^account 1: resting \(set by you\), ready 20\d\d-\d\d-\d\d \d\d:\d\d, in (?:2 h|1 h 59 min)$/,
    );
  });
}

Deno.test("cooldown list --json prints one JSON object", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 2 });
  await cooldown(home, "set", "1", "2h");
  const { stdout } = await cooldown(home, "list", "--json");
  const ready_at = new Date(await readyAtOf(home, 1)).toISOString().replace(
    ".000Z",
    "Z",
  );
  assertEquals(JSON.parse(stdout), {
    schema_version: 1,
    accounts: [
      { index: 2, label: null, obstacle: null, ready_at: null, source: null },
      {
        index: 1,
        label: null,
        obstacle: "resting (set by you)",
        ready_at,
        source: "user",
      },
    ],
  });
});

Deno.test("cooldown clear makes one account ready, or all", async () => {
  await using home = await testHome(ACCOUNTS);
  for (const it of ["1", "2", "3"]) await cooldown(home, "set", it, "2h");
  const one = await cooldown(home, "clear", "2");
  assertEquals(one.stdout, "account 2 has no cooldown now\n");
  assertEquals(await readyAtOf(home, 2), 0);
  assertEquals(await readyAtOf(home, 3) > Date.now(), true);
  const all = await cooldown(home, "clear");
  assertEquals(all.stdout, "no account has a cooldown\n");
  assertEquals(await readyAtOf(home, 3), 0);
});

const MISTAKES: [args: string[], code: number, message: RegExp][] = [
  [["forget"], 2, /Cannot run cooldown: "forget" is not list, set or clear/],
  [["set"], 2, /it needs an account and a time/],
  [["set", "2"], 2, /it needs an account and a time/],
  [
    ["set", "2", "soon"],
    2,
    /"soon" is not a time \(examples: 45m, 1h30m, 16:00, "mon 09:00"\)/,
  ],
  [["set", "2", "2020-01-01"], 2, /"2020-01-01" is in the past/],
  [["set", "two", "45m"], 2, /error: No account is named "two"/],
  [
    ["set", "9", "45m"],
    2,
    /Cannot use account 9: it does not exist \(have: 1, 2, 3\)/,
  ],
  [["clear", "two"], 2, /error: No account is named "two"/],
  [
    ["clear", "9"],
    2,
    /Cannot use account 9: it does not exist \(have: 1, 2, 3\)/,
  ],
  [["list", "2"], 2, /unexpected argument "2"/],
  [["clear", "2", "3"], 2, /unexpected argument "3"/],
];

for (const [args, expected, message] of MISTAKES) {
  Deno.test(`cooldown ${args.join(" ")} exits with ${expected}`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { code, stdout, stderr } = await cooldown(home, ...args);
    assertEquals({ code, stdout }, { code: expected, stdout: "" });
    assertMatch(stderr, message);
    assertMatch(stderr, /\naccount-qwen: hint: /);
  });
}

async function cooldown(home: TestHome, ...args: string[]) {
  return await runCli(["cooldown", ...args], { home: home.path });
}

async function readyAtOf({ dir }: TestHome, index: number): Promise<number> {
  const all = await new AccountManager({ dir }).readiness();
  return all.find((it) => it.index === index)?.readyAt ?? NaN;
}
