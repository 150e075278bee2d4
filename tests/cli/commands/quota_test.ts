import { assert, assertEquals, assertMatch } from "@std/assert";
import parsePrometheus from "parse-prometheus-text-format";
import { runCli } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";
import { writeKeySlot } from "../../support/account_folder.ts";

/** A metric, as the parser returns it; it has no types. */
interface Family {
  name: string;
  help: string;
  type: string;
  metrics: { value: string; labels?: Record<string, string> }[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A home with two keys; the first one was used, and a reply told its limit. */
async function usedHome(): Promise<TestHome> {
  const home = await keysHome();
  const now = Date.now();
  const minute = Math.floor(now / MINUTE_MS);
  await Deno.mkdir(`${home.dir}/accounts/usage`, { mode: 0o700 });
  const lines = [
    ["u", minute - 1, 1, "qwen3", 9, 9000, 300, 100, 70, { quota: 2 }],
    ["u", minute, 1, "", 1, 10],
    ["r", now, 1, null, "5h", "requests", 1200, 600, now + HOUR_MS, "header"],
    ["r", now, 1, null, "week", "percent", 100, 41, null, "agent"],
  ];
  await Deno.writeTextFile(
    `${home.dir}/accounts/usage/${
      new Date(now).toISOString().slice(0, 10)
    }.jsonl`,
    `${lines.map((it) => JSON.stringify(it)).join("\n")}\n`,
    { mode: 0o600 },
  );
  return home;
}

async function keysHome(): Promise<TestHome> {
  const home = await testHome({
    accounts: 0,
    baseUrl: "http://provider.invalid/v1",
  });
  await writeKeySlot(home.dir, 1);
  await writeKeySlot(home.dir, 2);
  return home;
}

Deno.test("quota shows what is used of each window, from where, and what is unknown", async () => {
  await using home = await usedHome();
  const { code, stdout, stderr } = await runCli(["quota"], { home: home.path });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [heading = "", first = "", second = "", third = ""] = stdout.split(
    "\n",
  );
  assertMatch(heading, /account +window +used +of +from +seen/);
  assertMatch(first, /^1 +5h +600 +█{5}░{5} 50 % +1200 requests +header +\d/);
  assertMatch(second, /week +41 % .* 100 % +agent +\S+ +unknown/);
  assertMatch(third, /^2 +unknown$/);
  assertMatch(stdout, /account 1 .* requests, .* tokens, 2 failed/);
  assertMatch(stdout, /account 2 +unknown/);
});

Deno.test("quota refuses the number of an account that does not exist", async () => {
  await using home = await usedHome();
  const { code, stdout, stderr } = await runCli(["quota", "99"], {
    home: home.path,
  });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertMatch(stderr, /account 99/);
});

Deno.test("quota --json has for each number its source and when it was seen", async () => {
  await using home = await usedHome();
  const { stdout } = await runCli(["quota", "1", "--json"], {
    home: home.path,
  });
  const { accounts } = JSON.parse(stdout);
  assertEquals(accounts.length, 1);
  const [{ traffic, windows }] = accounts;
  assertEquals(traffic.source, "counted");
  assert(Date.now() - Date.parse(traffic.observed_at) < 5 * MINUTE_MS);
  assertEquals(traffic.hours.length, 24);
  const [hours, week] = windows;
  assertEquals([hours.window, hours.used, hours.limit, hours.source], [
    "5h",
    600,
    { lo: 1200, hi: 1200, expected: 1200 },
    "header",
  ]);
  assertEquals(hours.used_share, 0.5);
  assertEquals([week.window, week.unit, week.resets_at, week.source], [
    "week",
    "percent",
    null,
    "agent",
  ]);
  for (const { observed_at } of windows) {
    assert(Date.now() - Date.parse(observed_at) < 5 * MINUTE_MS);
  }
});

Deno.test("without usage/ everything is unknown, and quota does not make it", async () => {
  await using home = await usedHome();
  await Deno.remove(`${home.dir}/accounts/usage`, { recursive: true });
  const { stdout } = await runCli(["quota", "--json"], { home: home.path });
  const { accounts } = JSON.parse(stdout);
  for (const { traffic, windows } of accounts) {
    assertEquals(traffic.observed_at, null);
    assertEquals([traffic.today, traffic.hours], [null, null]);
    assertEquals(windows, []);
  }
  const text = await runCli(["quota"], { home: home.path });
  assert(!/\b0\b/.test(text.stdout), text.stdout);
  const list = await runCli(["list"], { home: home.path });
  assert(!list.stdout.includes("quota"), list.stdout);
  const left = [...Deno.readDirSync(home.dir)].map((it) => it.name);
  assert(!left.includes("usage"), left.join(" "));
});

Deno.test("list and status show the traffic of today, and the fullest window with its source", async () => {
  await using home = await usedHome();
  const list = await runCli(["list"], { home: home.path });
  assertMatch(list.stdout, /today +quota/);
  assertMatch(list.stdout, /50 % of 5h \(header, \d\d:\d\d\)/);
  const status = await runCli(["status", "--json"], { home: home.path });
  const [first, second] = JSON.parse(status.stdout).accounts;
  assertEquals(first.fullest_window.window, "5h");
  assert(first.today.requests > 0);
  assertEquals([second.today, second.fullest_window], [null, null]);
});

Deno.test("stats --svg draws a picture, and never over a file of the accounts", async () => {
  await using home = await usedHome();
  const path = `${home.path}/week.svg`;
  const earlier = Date.now() - 3 * 24 * HOUR_MS;
  await Deno.writeTextFile(
    `${home.dir}/accounts/usage/${
      new Date(earlier).toISOString().slice(0, 10)
    }.jsonl`,
    `${JSON.stringify(["u", Math.floor(earlier / MINUTE_MS), 1, "m", 2, 9])}\n`,
    { mode: 0o600 },
  );
  const { code, stderr } = await runCli(["stats", "--svg", path], {
    home: home.path,
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const picture = await Deno.readTextFile(path);
  assertMatch(picture, /^<svg [^]*<\/svg>\n$/);
  // Before its first request, nothing is known of an account.
  assertEquals(picture.match(/<rect /g)?.length, 4);
  assertMatch(picture, /<title>2 requests<[^]*<title>0 requests</);
  assertMatch(picture, />today: unknown</);
  assertMatch(
    picture,
    />counted by account-qwen until 2\d{3}-\S+ \d\d:\d\d UTC</,
  );
  const state = `${home.dir}/state.yaml`;
  const before = await Deno.readTextFile(state).catch(() => undefined);
  for (const it of [state, `${home.dir}/accounts/usage/today.jsonl`]) {
    const refused = await runCli(["stats", "--svg", it], { home: home.path });
    assertEquals(refused.code, 2);
    assertMatch(refused.stderr, /Cannot use --svg: it would replace/);
  }
  const after = await Deno.readTextFile(state).catch(() => undefined);
  assertEquals(after, before);
});

Deno.test("metrics prints what a parser of the Prometheus format understands", async () => {
  await using home = await usedHome();
  const label = 'a "quoted" \\ name';
  await runCli(["label", "1", label], { home: home.path });
  const { code, stdout } = await runCli(["metrics"], { home: home.path });
  assertEquals(code, 0);
  const parsed: Family[] = parsePrometheus(stdout);
  const families = new Map(parsed.map((it) => [it.name, it]));
  const samplesOf = (name: string) =>
    families.get(`account_qwen_${name}`)?.metrics ?? [];
  const ready = samplesOf("accounts").find((it) =>
    it.labels?.state === "ready"
  );
  assertEquals(ready?.value, "2");
  assertEquals(samplesOf("accounts").length, 7);
  assertEquals(samplesOf("quota_used_ratio")[0]?.value, "0.5");
  const [limit] = samplesOf("quota_limit");
  assertEquals([limit?.value, limit?.labels?.window, limit?.labels?.bound], [
    "1200",
    "5h",
    "lo",
  ]);
  assertEquals(limit?.labels?.label, label);
  const requests = samplesOf("requests_total");
  const sum = requests.reduce((all, { value }) => all + Number(value), 0);
  assert(
    sum === 10 || sum === 1,
    "a minute before midnight counts as yesterday",
  );
  const quotas = samplesOf("request_errors_total").map((it) =>
    it.labels?.error_type
  );
  assert(quotas.every((it) => it === "quota"), quotas.join(" "));
  const types = samplesOf("tokens_total").map((it) =>
    it.labels?.gen_ai_token_type
  );
  assertEquals(new Set(types), new Set(["input", "output"]));
  for (const { name, type, help } of families.values()) {
    assertMatch(name, /^account_qwen_[a-z_]+$/);
    assertEquals(type === "COUNTER", name.endsWith("_total"), name);
    assert(help.endsWith("."), name);
  }
});

Deno.test("metrics shows control characters in names, which the format cannot escape", async () => {
  await using home = await usedHome();
  const now = Date.now();
  const day = new Date(now).toISOString().slice(0, 10);
  const reading = ["r", now, 1, "a\nb\x1b", "5\x07h", "tokens", 9, 3, null];
  await Deno.writeTextFile(
    `${home.dir}/accounts/usage/${day}.jsonl`,
    `${JSON.stringify([...reading, "header"])}\n`,
  );
  const { stdout } = await runCli(["metrics"], { home: home.path });
  const [line = ""] = stdout.split("\n").filter((it) =>
    it.startsWith("account_qwen_quota_used{")
  );
  assertMatch(
    line,
    /window="5\\\\x07h",gen_ai_request_model="a\\\\x0ab\\\\x1b"/,
  );
  // The format knows no other escapes.
  assert(!/\\[^\\"n]/.test(line.replaceAll("\\\\", "")), line);
});

Deno.test("list and status read today and yesterday only, and count nothing of a longer window", async () => {
  await using home = await keysHome();
  await writeKeySlot(
    home.dir,
    3,
    "https://coding.dashscope.aliyuncs.com/v1",
  );
  const now = Date.now();
  await Deno.mkdir(`${home.dir}/accounts/usage`, { mode: 0o700 });
  for (const days of [0, 3]) {
    const at = now - days * 24 * HOUR_MS;
    await Deno.writeTextFile(
      `${home.dir}/accounts/usage/${
        new Date(at).toISOString().slice(0, 10)
      }.jsonl`,
      `${JSON.stringify(["u", Math.floor(at / MINUTE_MS), 3, "m", 40, 100])}\n`,
      { mode: 0o600 },
    );
  }
  const quota = await runCli(["quota", "3", "--json"], { home: home.path });
  const names = JSON.parse(quota.stdout).accounts[0].windows.map((
    it: { window: string },
  ) => it.window);
  assert(names.includes("week"), names.join(" "));
  const list = await runCli(["list", "--json"], { home: home.path });
  const account = JSON.parse(list.stdout).accounts[2];
  assertEquals(account.today.requests, 40);
  assert(account.fullest_window?.window !== "week", list.stdout);
});
