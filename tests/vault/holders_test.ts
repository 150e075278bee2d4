import { assertEquals } from "@std/assert";
import {
  forgetEnded,
  possibleWriters,
  rememberReaders,
} from "../../lib/vault/settle/holders.ts";
import { RUN_VARIABLE } from "../../lib/process/run_variables.ts";
import { runtime } from "../../lib/system/mod.ts";
import { temporaryName } from "../../lib/disk/names.ts";
import { addRun, listRuns, type Run } from "../../lib/vault/settle/runs.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { underLock } from "../accounts/locked.ts";
import { spawn } from "../support/deadline.ts";

const ID = "0123456789abcdef";

const ID_2 = "fedcba9876543210";

/** Our own process, which is running. */
const RUNNING = runtime.host.identify(runtime.host.pid) ?? "";

const [BOOT = "", NAMESPACE = "", PID = "", START = ""] = RUNNING.split("/");

const REUSED = [BOOT, NAMESPACE, PID, `${START}9`].join("/");

const ELSEWHERE = [BOOT, "4026530000", PID, START].join("/");

const ENDED: Record<string, string> = {
  "its process has ended": [BOOT, NAMESPACE, 2 ** 22 + 1, START].join("/"),
  "its process id belongs to another process": REUSED,
  "it ran before the machine booted":
    `another-boot/${NAMESPACE}/${PID}/${START}`,
  "its record was cut short": "",
};

Deno.test("possibleWriters() finds the account of the link at the last save when nothing runs", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 2,
    state: { currentIndex: 2 },
  });
  const { result } = await underLock(folder, possibleWriters);
  assertEquals(result, new Set([2]));
});

for (const accounts of [[1, 2], [1], []]) {
  Deno.test(`possibleWriters() finds [${accounts}] and a stranger when nothing was ever saved`, async () => {
    await using folder = await accountFolder({ accounts });
    const { result } = await underLock(folder, possibleWriters);
    assertEquals(result, new Set([...accounts, 0]));
  });
}

Deno.test("rememberReaders() records nothing about strangers", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  using _strangers = strangers(RUNNING);
  await underLock(folder, (it) => rememberReaders(it, possibleWriters(it)));
  assertEquals(await namesIn(folder.layout.runs), [
    `run_1_${(await listRuns(folder.layout))[0]?.id}`,
  ]);
});

Deno.test("possibleWriters() finds the accounts of the runs, and that of the link", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3, 4],
    active: 3,
    state: { currentIndex: 3 },
  });
  for (const account of [1, 2]) await addRun(folder.layout, runOf(account));
  const { result } = await underLock(folder, possibleWriters);
  assertEquals(result, new Set([1, 2, 3]));
});

Deno.test("possibleWriters() finds the account of a link that was moved aside and not removed yet", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 2,
    state: { currentIndex: 2 },
  });
  await leaveLink(folder, 1);
  const { result } = await underLock(folder, possibleWriters);
  assertEquals(result, new Set([1, 2]));
});

Deno.test("possibleWriters() finds the previous account when a killed process moved the link and saved no state", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 2,
    state: { currentIndex: 1 },
  });
  await leaveLink(folder, 1);
  const { result } = await underLock(folder, possibleWriters);
  assertEquals(result, new Set([1]));
});

Deno.test("possibleWriters() finds every account when a killed process moved the link to an unknown place", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    state: { currentIndex: 1 },
  });
  await leaveLink(folder, 1);
  await folder.put(credential(9));
  const { result } = await underLock(folder, possibleWriters);
  assertEquals(result, new Set([1, 2, 3]));
});

Deno.test("rememberReaders() records each stranger once", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers(RUNNING, ELSEWHERE);
  await underLock(folder, async (locked) => {
    await rememberReaders(locked, [1]);
    await rememberReaders(locked, [1]);
  });
  assertEquals(await readersIn(folder), [[1, RUNNING], [1, ELSEWHERE]]);
});

Deno.test("rememberReaders() records that runs with other accounts may have read this one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  await addRun(folder.layout, runOf(1));
  const other = { id: ID_2, account: 2, process: ELSEWHERE };
  await addRun(folder.layout, other);
  await underLock(folder, (it) => rememberReaders(it, [1]));
  const runs = await listRuns(folder.layout);
  assertEquals(runs.length, 3);
  assertEquals(
    runs.filter((it) => it.id === ID_2).map((it) => it.account).sort(),
    [1, 2],
  );
});

Deno.test("rememberReaders() lets the current change see what it recorded", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { currentIndex: 1 },
  });
  using _strangers = strangers(RUNNING);
  const { result } = await underLock(folder, async (locked) => {
    await rememberReaders(locked, [2]);
    return possibleWriters(locked);
  });
  assertEquals(result, new Set([1, 2]));
});

Deno.test("rememberReaders() records nothing when the system does not list strangers", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  runtime.host.findProcesses = () => undefined;
  await underLock(folder, (it) => rememberReaders(it, [1]));
  assertEquals(await readersIn(folder), []);
});

/** The environment of a process, and whether the process may have the login. */
const ENVIRONMENTS: Record<
  string,
  { env: (home: string) => Record<string, string>; isStranger: boolean }
> = {
  "it has our home": { env: (HOME) => ({ HOME }), isStranger: true },
  "its QWEN_HOME is our folder": {
    env: (home) => ({ HOME: "/nowhere", QWEN_HOME: `${home}/.qwen` }),
    isStranger: true,
  },
  "its environment is unknown": { env: () => ({}), isStranger: true },
  "it has another home": {
    env: () => ({ HOME: "/nowhere" }),
    isStranger: false,
  },
  "it belongs to a run of ours": {
    env: (HOME) => ({ HOME, [RUN_VARIABLE]: ID }),
    isStranger: false,
  },
};

for (const [when, { env, isStranger }] of Object.entries(ENVIRONMENTS)) {
  const verb = isStranger ? "writes down" : "leaves out";
  Deno.test(`rememberReaders() ${verb} a process when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const home = folder.path.replace(/\/\.qwen$/, "");
    using _strangers = strangers();
    runtime.host.findProcesses = () => [{ identity: RUNNING, env: env(home) }];
    await underLock(folder, (it) => rememberReaders(it, [1]));
    assertEquals(await readersIn(folder), isStranger ? [[1, RUNNING]] : []);
  });
}

for (const [when, process] of Object.entries(ENDED)) {
  Deno.test(`forgetEnded() forgets a run when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await addRun(folder.layout, { ...runOf(1), process });
    await underLock(folder, forgetEnded);
    assertEquals(await listRuns(folder.layout), []);
  });
}

Deno.test("forgetEnded() keeps a run when a login that it may have written is in the link's place", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const run = { ...runOf(1), process: REUSED };
  await addRun(folder.layout, run);
  await folder.put(credential(1));
  await underLock(folder, forgetEnded);
  assertEquals(await listRuns(folder.layout), [run]);
});

const MAY_RUN = {
  "its process runs": RUNNING,
  "its process is of another namespace": ELSEWHERE,
};

for (const [when, process] of Object.entries(MAY_RUN)) {
  Deno.test(`forgetEnded() keeps a run when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const run = { ...runOf(1), process };
    await addRun(folder.layout, run);
    await underLock(folder, forgetEnded);
    assertEquals(await listRuns(folder.layout), [run]);
  });
}

Deno.test("forgetEnded() keeps a run of a killed process when the agent keeps running alone", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const id = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  const child = spawn("cat", {
    env: { [RUN_VARIABLE]: `fedcba9876543210:${id}` },
    stdin: "piped",
    stdout: "null",
  });
  const run = { id, account: 1, process: REUSED };
  await addRun(folder.layout, run);
  await underLock(folder, forgetEnded);
  const kept = await listRuns(folder.layout);
  await child.stdin.close();
  await child.status;
  await underLock(folder, forgetEnded);
  assertEquals({ kept, after: await listRuns(folder.layout) }, {
    kept: [run],
    after: [],
  });
});

/** Leaves a link to account `index` as a kill in a switch does. */
async function leaveLink(
  { layout }: AccountFolder,
  index: number,
): Promise<void> {
  const target = `accounts/oauth_creds_${index}.json`;
  await Deno.symlink(target, temporaryName(layout.live));
}

/** The account and the process of each record, sorted. */
async function readersIn(
  { layout }: AccountFolder,
): Promise<[number, string][]> {
  const readers = (await listRuns(layout))
    .map((it): [number, string] => [it.account, it.process]);
  const order = [RUNNING, ELSEWHERE];
  return readers.sort(([a, x], [b, y]) =>
    a - b || order.indexOf(x) - order.indexOf(y)
  );
}

/** A run with account `account` that our process waits for. */
function runOf(account: number): Run {
  return { id: ID, account, process: RUNNING };
}
