import { errorCode, runtime } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { makeFolder } from "../../disk/permissions.ts";
import type { Move } from "../../disk/names.ts";

/**
 * A run of the agent that may have an account's login in memory: a run that we
 * started and whose end is not recorded, or a process that we did not start.
 */
export interface Run {
  /** Its id, which also marks the processes of our runs. */
  id: string;
  /** The account that it was started with, or may have read later. */
  account: number;
  /** Our process that waits for it, or the other process; see `identify`. */
  process: string;
}

/**
 * How the name of a record begins. `run` may have the login of its account in
 * memory. `key_run` only holds its account: it has a key or a private home, and
 * reads and writes no login itself. `login` logs in, in the folder of a number
 * that is not an account yet.
 */
type Prefix = "run" | "key_run" | "login";

const RUN_NAME = /^(run|key_run|login)_([1-9]\d{0,8})_([0-9a-f]{16})$/;

const MAX_PROCESS_BYTES = 256;

/** Records that `run` begins. The caller holds the lock. */
export async function addRun(layout: Layout, run: Run): Promise<void> {
  await add(layout, run, "run", { flush: true });
}

/**
 * Records that `run` holds its account. The caller holds the lock. The record is
 * not flushed: after the machine has stopped, nobody holds anything.
 */
export async function addHold(layout: Layout, run: Run): Promise<void> {
  await add(layout, run, "key_run", { flush: false });
}

async function add(
  layout: Layout,
  run: Run,
  prefix: Prefix,
  { flush }: { flush: boolean },
): Promise<void> {
  await makeFolder(layout.runs);
  const bytes = new TextEncoder().encode(run.process);
  const path = runPath(layout, run, prefix);
  await runtime.files.create(path, bytes, FILE_MODE, { flush });
}

/** Removes the record of `run`. */
export async function removeRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<void> {
  await runtime.files.remove(runPath(layout, run));
}

/** Removes the record that `run` holds its account. */
export async function removeHold(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<void> {
  await runtime.files.remove(runPath(layout, run, "key_run"));
}

/** Records that a login begins in a folder. The caller holds the lock. */
export async function addLoginRun(layout: Layout, run: Run): Promise<void> {
  await add(layout, run, "login", { flush: true });
}

/** Removes the record of a login. */
export async function removeLoginRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<void> {
  await runtime.files.remove(runPath(layout, run, "login"));
}

/** Renumbers the records of an account. The caller holds the lock. */
export async function renameRuns(
  layout: Layout,
  { from, to }: Move,
): Promise<void> {
  for (const { id, account } of await listRuns(layout)) {
    if (account !== from) continue;
    const path = runPath(layout, { id, account });
    await runtime.files.rename(path, runPath(layout, { id, account: to }));
  }
}

/** Returns the runs that have a record, including those that were killed. */
export async function listRuns(layout: Layout): Promise<Run[]> {
  return await list(layout, "run");
}

/**
 * Returns the runs that only hold their account, including killed ones; with
 * `most`, no more than that, taken at random.
 */
export async function listHolds(
  layout: Layout,
  { most }: { most?: number } = {},
): Promise<Run[]> {
  return await list(layout, "key_run", most);
}

/** Returns the logins that have a record, including killed ones. */
export async function listLoginRuns(layout: Layout): Promise<Run[]> {
  return await list(layout, "login");
}

/** Returns when `run` began, epoch milliseconds; `undefined` if it has ended. */
export async function startOfRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<number | undefined> {
  for (const prefix of ["key_run", "run"] as const) {
    const info = await runtime.files.info(runPath(layout, run, prefix));
    if (info) return info.mtimeMs;
  }
  return undefined;
}

/** Whether any run may have a record; an unreadable folder counts as empty. */
export async function mayHaveRuns({ runs }: Layout): Promise<boolean> {
  try {
    return (await runtime.files.list(runs)).length > 0;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

async function list(
  layout: Layout,
  wanted: Prefix,
  most = Infinity,
): Promise<Run[]> {
  const found = (await runtime.files.list(layout.runs))
    .map((name) => RUN_NAME.exec(name))
    .filter((it) => it?.[1] === wanted);
  const from = Math.floor(Math.random() * found.length);
  const chosen = found.length <= most
    ? found
    : [...found.slice(from), ...found.slice(0, from)].slice(0, most);
  const runs: Run[] = [];
  for (const it of chosen) {
    const [name, , account, id] = it ?? [];
    if (account === undefined || id === undefined) continue;
    const process = await readProcess(`${layout.runs}/${name}`);
    runs.push({ id, account: Number(account), process });
  }
  return runs;
}

/** Returns the process in a record. An unreadable one counts as ended. */
async function readProcess(path: string): Promise<string> {
  try {
    const bytes = await runtime.files.read(path, MAX_PROCESS_BYTES);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "";
  }
}

function runPath(
  layout: Layout,
  { account, id }: Pick<Run, "id" | "account">,
  prefix: Prefix = "run",
): string {
  return `${layout.runs}/${prefix}_${account}_${id}`;
}
