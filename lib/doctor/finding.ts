import type { System } from "../system/system.ts";
import type { Rescued } from "../vault/settle/grants.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";
import { runtime } from "../system/mod.ts";
import { shellWord } from "../accounts/fix_of.ts";
import { dirname } from "../disk/names.ts";

/** A fault, and how to fix it. */
export interface Finding {
  /** What was checked, such as `link`. */
  check: string;
  /** What is wrong, one line. */
  problem: string;
  /** The command that fixes it. */
  mend: string;
}

/** What the checks examine. */
export interface Look extends SnapshotWithWritten {
  /** The time, epoch milliseconds. */
  now: number;
  /** Waits. */
  sleep: System["sleep"];
  /** Our own command, with the options for this folder. */
  self: string;
  /** The command that repairs what needs no decision. */
  fix: string;
  /** The logins that could only be saved outside the folder. */
  rescued: readonly Rescued[];
}

/** Yields what is wrong with one thing. */
export type Check = (look: Look) => AsyncIterable<Finding>;

/**
 * Returns the command that moves what is at `path` out of the way. Its new path
 * is `to` with `.away`, and with a number if that is taken.
 */
export async function moveAway(path: string, to = path): Promise<string> {
  let away = `${to}.away`;
  for (let number = 2; await runtime.files.info(away); number++) {
    away = `${to}.away${number}`;
  }
  const mv = await mayMove(path, away) ? "mv" : "sudo mv";
  return `${mv} ${shellWord(path)} ${shellWord(away)}`;
}

/**
 * Whether we may move `path` to `to`. To get another parent, a folder must be
 * writable itself (rename(2)).
 */
async function mayMove(path: string, to: string): Promise<boolean> {
  const { uid } = runtime.host;
  if (uid === 0 || dirname(path) === dirname(to)) return true;
  const info = await runtime.files.info(path);
  return info?.kind !== "folder" || info.uid === uid;
}
