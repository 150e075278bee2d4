import { runtime, unlessRefused } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { type Move, namesIn } from "../../disk/names.ts";

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
 * What a run does with its account. A `run` may have the login in memory. A
 * `hold` has a key or a private home, and reads and writes no login itself. A
 * `login` logs in, in the folder of a number that is not an account yet.
 */
type Kind = "run" | "hold" | "login";

/** How the name of a record begins. */
const PREFIXES = { run: "run", hold: "key_run", login: "login" } as const;

const RUN_NAME = /^(run|key_run|login)_([1-9]\d{0,8})_([0-9a-f]{16})$/;

const MAX_PROCESS_BYTES = 256;

/**
 * Records that `run` begins. The caller holds the lock. The record of a hold is
 * not flushed: after the machine has stopped, nobody holds anything.
 */
export async function addRun(
  layout: Layout,
  run: Run,
  { kind = "run" }: { kind?: Kind } = {},
): Promise<void> {
  await makeFolder(layout.runs);
  const bytes = new TextEncoder().encode(run.process);
  const flush = kind !== "hold";
  await runtime.files.create(runPath(layout, run, kind), bytes, FILE_MODE, {
    flush,
  });
}

/** Removes the record of `run`. */
export async function removeRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
  { kind = "run" }: { kind?: Kind } = {},
): Promise<void> {
  await runtime.files.remove(runPath(layout, run, kind));
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

/**
 * Returns the runs of a kind that have a record, including those that were
 * killed; with `most`, no more than that, taken at random.
 */
export async function listRuns(
  layout: Layout,
  { kind = "run", most = Infinity }: { kind?: Kind; most?: number } = {},
): Promise<Run[]> {
  const found = (await runtime.files.list(layout.runs))
    .map((name) => RUN_NAME.exec(name))
    .filter((it) => it?.[1] === PREFIXES[kind]);
  const from = Math.floor(Math.random() * found.length);
  const chosen = found.length <= most
    ? found
    : [...found.slice(from), ...found.slice(0, from)].slice(0, most);
  const runs: Run[] = [];
  for (const it of chosen) {
    const [name, , account, id] = it ?? [];
    if (account === undefined || id === undefined) continue;
    // A run whose record is unreadable counts as ended.
    const path = `${layout.runs}/${name}`;
    const bytes = await runtime.files.read(path, MAX_PROCESS_BYTES)
      .catch(unlessRefused);
    const process = new TextDecoder().decode(bytes);
    runs.push({ id, account: Number(account), process });
  }
  return runs;
}

/** Returns when `run` began, epoch milliseconds; `undefined` if it has ended. */
export async function startOfRun(
  layout: Layout,
  run: Pick<Run, "id" | "account">,
): Promise<number | undefined> {
  for (const kind of ["hold", "run"] as const) {
    const info = await runtime.files.info(runPath(layout, run, kind));
    if (info) return info.mtimeMs;
  }
  return undefined;
}

/** Whether any run may have a record; an unreadable folder counts as empty. */
export async function mayHaveRuns({ runs }: Layout): Promise<boolean> {
  return (await namesIn(runs)).length > 0;
}

function runPath(
  { runs }: Layout,
  { account, id }: Pick<Run, "id" | "account">,
  kind: Kind = "run",
): string {
  return `${runs}/${PREFIXES[kind]}_${account}_${id}`;
}
