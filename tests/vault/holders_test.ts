import { assertEquals } from "@std/assert";
import { RUN_VARIABLE } from "../../lib/process/run_variables.ts";
import { runtime } from "../../lib/system/mod.ts";
import { randomHex, temporaryName } from "../../lib/disk/names.ts";
import type { Run } from "../../lib/types.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "../accounts/agent_writes.ts";
import { managerOf } from "../accounts/managers.ts";
import { settled } from "../accounts/watched.ts";
import { stashPaths, suspectsIn } from "../support/kept_files.ts";
import { afterLink } from "./after_link.ts";
import { spawn } from "../support/deadline.ts";
import { recordRun, runRecords } from "../support/run_records.ts";

/** Not the run of another test, whose process may be running now. */
const ID = randomHex(8);

const ID_2 = randomHex(8);

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

/** A login that shows no owner; whoever may have written it is suspected. */
const UNKNOWN = credential(9);

interface Written {
  /** The account of the link. @default no link */
  active?: number;
  /** The account of the link at the last save. */
  saved?: number;
  /** The accounts of the runs that are under way. @default none */
  runs?: number[];
  /** The account of a link that a killed process had moved aside. */
  aside?: number;
  /** Those who may have written it; the only one is its owner. */
  writers: number[];
}

const WRITTEN: Record<string, Written> = {
  "nothing runs": { saved: 2, writers: [2] },
  "there are runs": { active: 3, saved: 3, runs: [1, 2], writers: [1, 2, 3] },
  "a link was moved aside and not removed yet": {
    active: 2,
    saved: 2,
    aside: 1,
    writers: [1, 2],
  },
  "a killed process moved the link and saved no state": {
    active: 2,
    saved: 1,
    aside: 1,
    writers: [1],
  },
  "a killed process moved the link to an unknown place": {
    saved: 1,
    aside: 1,
    writers: [1, 2, 3, 4],
  },
};

for (const [when, it] of Object.entries(WRITTEN)) {
  const { active, saved = null, runs = [], aside, writers } = it;
  Deno.test(`a login of an unknown owner belongs to account ${writers.join(" or ")} when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2, 3, 4],
      ...(active === undefined ? {} : { active }),
      state: { current_index: saved },
    });
    using _strangers = strangers();
    for (const account of runs) await recordRun(folder.layout, runOf(account));
    if (aside !== undefined) await leaveLink(folder, aside);
    const { live } = folder.layout;
    await folder.put(
      UNKNOWN,
      active === undefined ? live : temporaryName(live),
    );
    await settled(folder);
    const suspects = (await stashPaths(folder.layout)).map(suspectsIn);
    const [owner] = writers;
    if (writers.length > 1) assertEquals(suspects, [writers]);
    else assertEquals(await folder.slot(owner ?? 0), UNKNOWN);
  });
}

for (const accounts of [[1, 2], [1]]) {
  Deno.test(`a login of an unknown owner belongs to [${accounts}] or an unknown owner when nothing was ever saved`, async () => {
    await using folder = await accountFolder({ accounts });
    using _strangers = strangers();
    await folder.put(UNKNOWN);
    await settled(folder);
    const suspects = (await stashPaths(folder.layout)).map(suspectsIn);
    assertEquals(suspects, [accounts]);
    for (const it of accounts) {
      assertEquals(await folder.slot(it), credential(it));
    }
  });
}

Deno.test("settling records nothing for an unknown owner", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  using _strangers = strangers(RUNNING);
  await folder.put(UNKNOWN);
  await settled(folder);
  assertEquals(await namesIn(folder.layout.runs), [
    `run_1_${(await runRecords(folder.layout))[0]?.id}`,
  ]);
});

Deno.test("switchTo() records each stranger once for each account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers(RUNNING, ELSEWHERE);
  for (const index of [2, 1, 2]) await managerOf(folder).switchTo(index);
  assertEquals(await readersIn(folder), [
    [1, RUNNING],
    [1, ELSEWHERE],
    [2, RUNNING],
    [2, ELSEWHERE],
  ]);
});

Deno.test("switchTo() records that runs with other accounts may have read this one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  using _strangers = strangers();
  await recordRun(folder.layout, runOf(1));
  const other = { id: ID_2, account: 2, process: ELSEWHERE };
  await recordRun(folder.layout, other);
  await managerOf(folder).switchTo(1);
  const runs = await runRecords(folder.layout);
  for (const id of [ID, ID_2]) {
    assertEquals(
      runs.filter((it) => it.id === id).map((it) => it.account).sort(),
      [1, 2],
    );
  }
});

Deno.test("a change heeds the readers that it has recorded itself", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 2,
    state: { current_index: 1 },
  });
  using _strangers = strangers(RUNNING);
  await folder.put(UNKNOWN, temporaryName(folder.layout.live));
  await settled(folder);
  const suspects = (await stashPaths(folder.layout)).map(suspectsIn);
  assertEquals(suspects, [[1, 2]]);
});

Deno.test("switchTo() records nothing when the system does not list strangers", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  runtime.host.findProcesses = () => undefined;
  await managerOf(folder).switchTo(2);
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
  "it belongs to one of our runs": {
    env: (HOME) => ({ HOME, [RUN_VARIABLE]: ID }),
    isStranger: false,
  },
};

for (const [when, { env, isStranger }] of Object.entries(ENVIRONMENTS)) {
  const verb = isStranger ? "writes down" : "leaves out";
  Deno.test(`switchTo() ${verb} a process when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    const home = folder.path.replace(/\/\.qwen$/, "");
    using _strangers = strangers();
    runtime.host.findProcesses = () => [
      { identity: RUNNING, args: [], env: env(home) },
    ];
    await managerOf(folder).switchTo(2);
    assertEquals(
      await readersIn(folder),
      isStranger ? [[1, RUNNING], [2, RUNNING]] : [],
    );
  });
}

for (const [when, process] of Object.entries(ENDED)) {
  Deno.test(`switchTo() forgets a run when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _strangers = strangers();
    await recordRun(folder.layout, { ...runOf(1), process });
    await managerOf(folder).switchTo(2);
    assertEquals(await runRecords(folder.layout), []);
  });
}

Deno.test("switchTo() keeps a run when a login that it may have written replaced the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  await recordRun(folder.layout, { ...runOf(1), process: REUSED });
  using _ = afterLink(folder, () => refresh(folder, refreshed(1)));
  await managerOf(folder).switchTo(2);
  assertEquals(await accountsOf(folder, ID), [1, 2]);
});

const MAY_RUN = {
  "its process runs": RUNNING,
  "its process is in another namespace": ELSEWHERE,
};

for (const [when, process] of Object.entries(MAY_RUN)) {
  Deno.test(`switchTo() keeps a run when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _strangers = strangers();
    await recordRun(folder.layout, { ...runOf(1), process });
    await managerOf(folder).switchTo(2);
    assertEquals(await accountsOf(folder, ID), [1, 2]);
  });
}

Deno.test("switchTo() keeps a run when our process was killed and the agent is still running", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const id = randomHex(8);
  const child = spawn("cat", {
    env: { [RUN_VARIABLE]: `fedcba9876543210:${id}` },
    stdin: "piped",
    stdout: "null",
  });
  await recordRun(folder.layout, { id, account: 1, process: REUSED });
  await managerOf(folder).switchTo(2);
  const during = await accountsOf(folder, id);
  await child.stdin.close();
  await child.status;
  await managerOf(folder).switchTo(1);
  const after = await accountsOf(folder, id);
  assertEquals({ during, after }, { during: [1, 2], after: [] });
});

/** The accounts for which run `id` has a record, ascending. */
async function accountsOf(
  { layout }: AccountFolder,
  id: string,
): Promise<number[]> {
  const records = (await runRecords(layout)).filter((it) => it.id === id);
  return records.map((it) => it.account).sort();
}

/** Leaves a link to account `index`, as a kill during a switch does. */
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
  const readers = (await runRecords(layout))
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
