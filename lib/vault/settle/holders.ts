import { RUN_VARIABLE } from "../../process/run_variables.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { readLiveFile } from "../logins/live_file.ts";
import { forgetTold } from "../logins/lineage.ts";
import { randomHex } from "../../disk/names.ts";
import { addRun, listHolds, removeHold, removeRun, type Run } from "./runs.ts";
import { readSlot } from "../logins/slots.ts";
import { isUncopied } from "../logins/uncopied.ts";
import type { Before, Locked } from "../locked.ts";

/**
 * Who may hold which login: a process of the agent reads the live file when it
 * starts, and again when it is newer, and keeps using those tokens, also when
 * the link has moved. Whatever it writes later
 * is of one of the accounts that it may have read. Each pair of a process and
 * an account is a record beside those of our runs, written before the link
 * moves; so a kill in between loses none.
 */

/** Stands for somebody who has no slot here; the first account is 1. */
const SOMEBODY_ELSE = 0;

/**
 * The accounts of which a process may have written a credential into the live
 * file since the last save: those of the records, and that of the link, as
 * something that we did not start may have come and gone. All of them, if a
 * killed process has moved the link to an unknown place; and somebody else too,
 * if nothing was ever saved, `state.yaml` is lost, or nobody knows whose login
 * was in the link's place at the last save.
 */
export function possibleWriters(locked: Before): Set<number> {
  const { live, state, runs, leftovers, slots } = locked;
  const { currentIndex } = state;
  if (currentIndex === undefined) return new Set([...slots, SOMEBODY_ELSE]);
  const links = leftovers.filter((it) => it.kind === "link");
  const hasMoved = links.some((it) => it.slot === currentIndex);
  if (hasMoved && live.kind !== "slot") return new Set(slots);
  const writers = new Set(runs.map((it) => it.account)).add(currentIndex);
  // Besides the others, never instead: a link may be made and not yet put.
  if (live.kind === "slot") {
    for (const { slot } of links) if (slot !== undefined) writers.add(slot);
  }
  return writers;
}

/**
 * The accounts of which a process may have written a credential over the slot
 * of account `index`, through the link: that account, and whatever else those
 * have read that were under way while the link led there. They have a record of
 * it.
 */
export function writersThroughLink(
  { live, state, runs }: Pick<Locked, "live" | "state" | "runs">,
  index: number,
): Set<number> {
  const isSeen = live.kind !== "slot" || live.index === state.currentIndex;
  const ids = new Set(
    runs.filter((it) => !isSeen || it.account === index).map((it) => it.id),
  );
  const writers = runs.filter((it) => ids.has(it.id)).map((it) => it.account);
  return new Set(writers).add(index);
}

/** Writes down that every process of the agent may have a login of `accounts`. */
export async function rememberReaders(
  locked: Locked,
  accounts: Iterable<number>,
): Promise<void> {
  const { layout, runs } = locked;
  const strangers = await findStrangers(locked) ?? [];
  const unknown = strangers.filter((process) =>
    !runs.some((it) => it.process === process)
  );
  const readers = new Map([
    ...runs.map(({ id, process }) => [id, process] as const),
    ...unknown.map((process) => [randomHex(8), process] as const),
  ]);
  for (const account of accounts) {
    if (account === SOMEBODY_ELSE) continue;
    for (const [id, process] of readers) {
      if (runs.some((it) => it.id === id && it.account === account)) continue;
      const reader = { id, account, process };
      await addRun(layout, reader);
      locked.vault.addReader(reader);
    }
  }
}

/**
 * Forgets the processes that have ended, unless something lies in the link's
 * place, or in the slot behind it, that one of them may have written since we
 * looked.
 */
export async function forgetEnded({ layout, runs }: Locked): Promise<void> {
  const ended: Run[] = [];
  for (const run of runs) if (!await mayBeUnderWay(run)) ended.push(run);
  const live = await readLiveFile(layout);
  if (live.kind !== "slot") return;
  const slot = await readSlot(layout, live.index);
  const isNew = "bytes" in slot &&
    await isUncopied(layout, live.index, slot.bytes);
  if (isNew) return;
  for (const run of ended) await removeRun(layout, run);
  if (ended.length === runs.length) await forgetTold(layout);
}

/** Forgets the runs that held their account and have ended, or were killed. */
export async function forgetEndedHolds(
  { layout }: Pick<Locked, "layout">,
): Promise<void> {
  for (const run of await listHolds(layout)) {
    if (!await mayBeUnderWay(run)) await removeHold(layout, run);
  }
}

/** If our process is killed, its run may continue: the agent runs on alone. */
export async function mayBeUnderWay({ id, process }: Run): Promise<boolean> {
  if (runtime.host.mayBeRunning(process)) return true;
  const orphans = await runtime.host.processesOf(-1, RUN_VARIABLE, id);
  return orphans.length > 0;
}

/** The processes of the agent that use the folder and were not started by us. */
async function findStrangers(
  { layout }: Locked,
): Promise<string[] | undefined> {
  const processes = runtime.host.findProcesses(layout.agent.processes.isAgent);
  if (!processes) return undefined;
  const root = await runtime.files.realPath(layout.root);
  const strangers: string[] = [];
  for (const { identity, env } of processes) {
    if (env[RUN_VARIABLE] !== undefined) continue;
    const folders = layout.agent.processes.foldersOf(env);
    const real = await Promise.all(folders.map((it) => realPathOf(it)));
    if (folders.length === 0 || real.includes(root)) strangers.push(identity);
  }
  return strangers;
}

/** Somebody else's folder may be hidden from us. */
async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await runtime.files.realPath(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
