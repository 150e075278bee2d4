import { unsafeFile } from "../common_errors.ts";
import { runtime } from "../system/mod.ts";
import { FOLDER_MODE, type Layout } from "../disk/layout.ts";
import { findFault } from "../disk/permissions.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import type { System } from "../system/system.ts";
import { examineHomes } from "./homes.ts";
import { examineLabels } from "./labels.ts";
import { examineLeftovers } from "./leftovers.ts";
import { examineLink } from "./link.ts";
import { examineAgentLock, examineLock } from "./locks.ts";
import { examineFiles, examineFolders } from "./modes.ts";
import { examineLoginFolders } from "./login_folders.ts";
import { examineRescued } from "./rescued.ts";
import { examineRuns } from "./runs.ts";
import { examineSlots } from "./slots.ts";
import { examineStash } from "./stash.ts";
import { examineClock, examineState } from "./state.ts";
import type { Check, Finding } from "./finding.ts";
import { type AgentVersion, withoutEnded } from "../vault/ended.ts";
import { ownCommand } from "../accounts/fix_of.ts";
import { listRescued } from "../vault/settle/rescue.ts";
import { withWrittenThrough } from "../vault/logins/written_through.ts";

const CHECKS: readonly Check[] = [
  examineFiles,
  examineLink,
  examineSlots,
  examineLoginFolders,
  examineLabels,
  examineState,
  examineStash,
  examineRescued,
  examineRuns,
  examineLock,
  examineAgentLock,
  examineLeftovers,
  examineHomes,
  examineClock,
];

/**
 * Finds what is wrong or could become wrong; changes nothing. If one of our
 * folders cannot be read safely, runs no further checks.
 *
 * @throws {FileError} If the root folder belongs to another user, or is not a
 * folder.
 */
export async function examine(
  layout: Layout,
  { env, now, sleep, agentVersion }: Pick<System, "env" | "now" | "sleep"> & {
    agentVersion?: AgentVersion | undefined;
  },
): Promise<Finding[]> {
  const root = await runtime.files.realPath(layout.root);
  const fault = root === undefined
    ? undefined
    : await findFault(root, "folder", FOLDER_MODE);
  if (fault?.kind === "foreign") {
    throw unsafeFile(layout.root, fault.problem, fault.owner);
  }
  const self = ownCommand(layout.root, { env });
  const { findings, areReadable } = await examineFolders(layout, self);
  if (!areReadable) return findings;
  const rescued = await listRescued(layout, { env });
  const snapshot = await withoutEnded(
    await withWrittenThrough(await takeSnapshot(layout)),
    agentVersion,
  );
  const look = { ...snapshot, now: now(), sleep, self, rescued };
  for (const check of CHECKS) {
    for await (const it of check(look)) findings.push(it);
  }
  return findings;
}
