import type { System } from "../system/system.ts";
import type { Rescued } from "../vault/settle/rescue.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";

/** Something that is not as it should be. */
export interface Finding {
  /** What was looked at, such as `link`. */
  check: string;
  /** What is wrong, one line. */
  problem: string;
  /** The command that fixes it. */
  mend: string;
}

/** What the checks look at. */
export interface Look extends SnapshotWithWritten {
  /** The time, epoch milliseconds. */
  now: number;
  /** Waits. */
  sleep: System["sleep"];
  /** The command that fixes it, for this folder. */
  self: string;
  /** The logins that lie outside of the folder. */
  rescued: readonly Rescued[];
}

/** Finds what is wrong with one thing. */
export type Check = (look: Look) => AsyncIterable<Finding>;
