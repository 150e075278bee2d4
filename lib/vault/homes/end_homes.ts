/**
 * The end of a private home: its run ends it, or the next command does.
 *
 * @module
 */

import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { withLock } from "../../disk/lock.ts";
import { RUN_VARIABLE } from "../../process/run_variables.ts";
import { invocation } from "../../program.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import type { Locked } from "../locked.ts";
import { stashFile } from "../logins/stash.ts";
import { mayBeUnderWay } from "../settle/holders.ts";
import { copyBack } from "./copy_back.ts";
import {
  filesOfHome,
  homeFolder,
  homesLock,
  listHomes,
  type RunOfHome,
} from "./homes.ts";

/** The run that a private home is for. */
export interface HomeOfRun {
  id: string;
  /** Called with failures. @default not called */
  notify?: Notify | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** Copies back what the run has left. The next command does what fails now. */
export async function endHome(
  layout: Layout,
  { id, notify = () => {}, system = realSystem }: HomeOfRun,
): Promise<void> {
  const { files, host } = runtime;
  try {
    await withLock(homesLock(layout), async () => {
      const processes = await host.processesOf(-1, RUN_VARIABLE, id);
      if (processes.length > 0) {
        notify(
          `a process that the run started is still running in ` +
            `${homeFolder(layout, id)}: a later command copies its files back`,
        );
      } else {
        const { kept, stays } = await copyBack(layout, id, system.now());
        for (const path of kept) {
          notify(`a run left two versions of a file; one is kept as ${path}`);
        }
        for (const { path, reason } of stays) {
          notify(`cannot copy back ${path}: ${reason}`);
        }
      }
      // The run is over, even if some files have to stay.
      await files.remove(filesOfHome(layout, id).process);
    }, { system });
  } catch (error) {
    notify(
      `cannot copy back the files of the run; the next command tries again: ` +
        messageOf(error),
    );
  }
}

/**
 * Copies back what ended runs have left in their private homes. A login that
 * was made there has no known owner: it goes to the stash. What cannot be
 * copied back stays, and `doctor` reports it.
 */
export async function settleHomes(locked: Locked): Promise<void> {
  const { layout, notify } = locked;
  const over: RunOfHome[] = [];
  for (const it of await listHomes(layout)) if (await isOver(it)) over.push(it);
  if (over.length === 0) return;
  using lock = await runtime.files.tryLock(homesLock(layout), FILE_MODE);
  if (!lock) return; // another process is doing it
  for (const it of over) {
    try {
      await settleHome(locked, it);
    } catch (error) {
      notify(`cannot copy back the files of a run: ${messageOf(error)}`);
    }
  }
}

/** Whether a run and all its processes have ended. */
export async function isOver(
  { id, process = "" }: RunOfHome,
): Promise<boolean> {
  return !await mayBeUnderWay({ id, account: 0, process });
}

async function settleHome(
  locked: Locked,
  { id, process }: RunOfHome,
): Promise<void> {
  const { layout, now, notify, record } = locked;
  const { logins, kept } = await copyBack(layout, id, now);
  for (const path of logins) {
    await stashFile(layout, path, { now });
    notify(
      `${layout.agent.program} saved a new login during a run; it is in the stash: ` +
        `\`${invocation()} doctor\` shows what to do`,
    );
  }
  if (logins.length > 0) await copyBack(layout, id, now);
  for (const path of kept) {
    notify(`a run left two versions of a file; one is kept as ${path}`);
  }
  if (process === undefined) return;
  // `doctor` reports every entry that has to stay.
  await runtime.files.remove(filesOfHome(layout, id).process);
  const reason = "a process was killed during a run";
  record({ level: "warn", event: "recovered", reason });
}
