/**
 * Which process may have which login in memory. A process of the agent reads
 * the live file when it starts, and again when the file is newer; and it keeps
 * using those tokens after the link has moved. So whatever it writes later
 * belongs to one of the accounts that it may have read. Each pair of a process
 * and an account is a record beside those of our runs, written before the link
 * moves; so a kill loses none.
 *
 * @module
 */

import { RUN_VARIABLE } from "../../process/run_variables.ts";
import { type FoundProcess, runtime, unlessRefused } from "../../system/mod.ts";
import { readLiveFile } from "../logins/live_file.ts";
import { forgetTold } from "../logins/lineage.ts";
import { randomHex } from "../../disk/names.ts";
import { addRun, listRuns, removeRun, type Run } from "./runs.ts";
import { readSlot } from "../logins/credential_file.ts";
import { isUncopied } from "../logins/generations.ts";
import type { Before, Locked } from "../locked.ts";

/** Stands for an owner without an account here; accounts begin at 1. */
const UNKNOWN_OWNER = 0;

/**
 * Returns the accounts whose login a process may have written to the live file
 * since the last save: those of the records, and that of the link, because a
 * process that we did not start may have come and gone. Returns all accounts if
 * a killed process has moved the link and its target is unknown. Returns all
 * accounts and `UNKNOWN_OWNER` if nothing was ever saved, `state.yaml` is lost,
 * or the owner of the live file was unknown at the last save.
 */
export function possibleWriters(locked: Before): Set<number> {
  const { live, state, runs, leftovers, slots } = locked;
  const { currentIndex } = state;
  if (currentIndex === undefined) return new Set([...slots, UNKNOWN_OWNER]);
  const links = leftovers.filter((it) => it.kind === "link");
  const hasMoved = links.some((it) => it.slot === currentIndex);
  if (hasMoved && live.kind !== "slot") return new Set(slots);
  const writers = new Set(runs.map((it) => it.account)).add(currentIndex);
  // Only add accounts: such a link may never have been in its place.
  if (live.kind === "slot") {
    for (const { slot } of links) if (slot !== undefined) writers.add(slot);
  }
  return writers;
}

/**
 * Returns the accounts whose login a process may have written through the link
 * into the slot of account `index`: this account, and those that the writer may
 * have read. A writer has a record for `index`, because it ran while the link
 * pointed there. If the link has moved since the last save, any run may be the
 * writer.
 */
export function writersThroughLink(
  { live, state, runs }: Pick<Locked, "live" | "state" | "runs">,
  index: number,
): Set<number> {
  const hasMoved = live.kind === "slot" && live.index !== state.currentIndex;
  const ids = new Set(
    runs.filter((it) => hasMoved || it.account === index).map((it) => it.id),
  );
  const writers = runs.filter((it) => ids.has(it.id)).map((it) => it.account);
  return new Set(writers).add(index);
}

/** Records that every process of the agent may have read these logins. */
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
    if (account === UNKNOWN_OWNER) continue;
    for (const [id, process] of readers) {
      if (runs.some((it) => it.id === id && it.account === account)) continue;
      const reader = { id, account, process };
      await addRun(layout, reader);
      locked.vault.addReader(reader);
    }
  }
}

/**
 * Removes the records of processes that have ended. Keeps them if the link was
 * replaced, or the slot behind it was written, since we looked: one of these
 * processes may have done it.
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

/** How many holds a new run looks at: all of 40 take longer than the update. */
const HOLDS_AT_A_TIME = 8;

/** Removes the records of holds that have ended; of many, looks at some. */
export async function forgetEndedHolds(
  { layout }: Pick<Locked, "layout">,
): Promise<void> {
  const options = { kind: "hold", most: HOLDS_AT_A_TIME } as const;
  for (const run of await listRuns(layout, options)) {
    if (!await mayBeUnderWay(run)) await removeRun(layout, run, options);
  }
}

/** Whether a run may be in progress, even if our own process was killed. */
export async function mayBeUnderWay({ id, process }: Run): Promise<boolean> {
  if (runtime.host.mayBeRunning(process)) return true;
  const orphans = await runtime.host.processesOf(-1, RUN_VARIABLE, id);
  return orphans.length > 0;
}

/**
 * Returns the processes of the agent that use the folder, were not started by us
 * and have arguments that `isMeant` accepts; `undefined` if the system does not
 * list processes.
 */
export async function findStrangers(
  { layout: { agent, home } }: Pick<Locked, "layout">,
  isMeant: (args: readonly string[]) => boolean = () => true,
): Promise<string[] | undefined> {
  const { isAgent } = agent.processes;
  const found = runtime.host.findProcesses((args) =>
    isAgent(args) && isMeant(args)
  );
  const real = found && await runtime.files.realPath(home);
  return found && await usersAmong(found, { agent, real, isDefault: true });
}

/** Returns the processes whose environment names the folder of an account. */
export async function findUsers(
  { agent }: Pick<Locked["layout"], "agent">,
  folder: string,
): Promise<string[]> {
  const real = await runtime.files.realPath(folder);
  if (real === undefined) return [];
  const found = runtime.host.findProcesses(agent.processes.isAgent) ?? [];
  return await usersAmong(found, { agent, real, isDefault: false });
}

/**
 * Returns those of `processes` that use the folder with the path `real`, which
 * is that of a process without a folder in its environment if it `isDefault`.
 */
async function usersAmong(
  processes: readonly FoundProcess[],
  { agent, real, isDefault }: Pick<Locked["layout"], "agent"> & {
    real: string | undefined;
    isDefault: boolean;
  },
): Promise<string[]> {
  const users: string[] = [];
  for (const { identity, env } of processes) {
    if (env[RUN_VARIABLE] !== undefined) continue;
    const folders = agent.processes.foldersOf(env);
    // Another user's folder may be hidden from us.
    const used = await Promise.all(
      folders.map((it) => runtime.files.realPath(it).catch(unlessRefused)),
    );
    const isUser = folders.length === 0 ? isDefault : used.includes(real);
    if (isUser) users.push(identity);
  }
  return users;
}
