import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { copyBack } from "./copy_back.ts";
import { homesLock, listHomes, processPath, type RunOfHome } from "./homes.ts";
import { FILE_MODE } from "../../disk/layout.ts";
import { stashFile } from "../logins/stash.ts";
import type { Locked } from "../locked.ts";
import { mayBeUnderWay } from "../settle/holders.ts";
import { invocation } from "../../program.ts";

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
  await runtime.files.remove(processPath(layout, id));
  const reason = "a process was killed during a run";
  record({ level: "warn", event: "recovered", reason });
}
