import { errorCode, runtime } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { makeFolder } from "../../disk/permissions.ts";
import type { Move } from "../../disk/names.ts";

/**
 * A run of the agent that may have the login of an account: one that we have
 * started and not yet seen the end of, or a process that somebody else did.
 */
export interface Run {
  /** Its id, by which the processes of our runs are marked too. */
  id: string;
  /** The account that it was started with, or may have read later. */
  account: number;
  /** Our process that waits for it, or the other's, as `identify` names it. */
  process: string;
}

/**
 * How a record's name begins: of a run that may have the login of its account,
 * or of one that only holds its account, which has a key or a private home and
 * reads and writes no login itself.
 */
type Prefix = "run" | "key_run";

const RUN_NAME = /^(run|key_run)_([1-9]\d{0,8})_([0-9a-f]{16})$/;

const MAX_PROCESS_BYTES = 256;

/** Writes down that `run` begins. The caller holds the lock. */
export async function addRun(layout: Layout, run: Run): Promise<void> {
  await add(layout, run, "run");
}

/** Writes down that `run` holds its account. The caller holds the lock. */
export async function addHold(layout: Layout, run: Run): Promise<void> {
  await add(layout, run, "key_run");
}

async function add(layout: Layout, run: Run, prefix: Prefix): Promise<void> {
  await makeFolder(layout.runs);
  const bytes = new TextEncoder().encode(run.process);
  const path = runPath(layout, run, prefix);
  await runtime.files.create(path, bytes, FILE_MODE);
}

/** Forgets `run`. */
export async function removeRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<void> {
  await runtime.files.remove(runPath(layout, run));
}

/** Forgets that `run` holds its account. */
export async function removeHold(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<void> {
  await runtime.files.remove(runPath(layout, run, "key_run"));
}

/** Gives the records of an account another number. The caller holds the lock. */
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

/** The runs that were begun and not ended, also those that were killed. */
export async function listRuns(layout: Layout): Promise<Run[]> {
  return await list(layout, "run");
}

/** The same of those that only hold their account. */
export async function listHolds(layout: Layout): Promise<Run[]> {
  return await list(layout, "key_run");
}

/** Whether a run may have a record; a folder that cannot be read has none. */
export async function mayHaveRuns({ runs }: Layout): Promise<boolean> {
  try {
    return (await runtime.files.list(runs)).length > 0;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

async function list(layout: Layout, wanted: Prefix): Promise<Run[]> {
  const runs: Run[] = [];
  for (const name of await runtime.files.list(layout.runs)) {
    const [, prefix, account, id] = RUN_NAME.exec(name) ?? [];
    if (prefix !== wanted) continue;
    if (account === undefined || id === undefined) continue;
    const process = await readProcess(`${layout.runs}/${name}`);
    runs.push({ id, account: Number(account), process });
  }
  return runs;
}

/** A process that cannot be read counts as ended. */
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
