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

export type { Finding } from "./finding.ts";

const CHECKS: readonly Check[] = [
  examineFiles,
  examineLink,
  examineSlots,
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
 * Looks for whatever is wrong, or might become so; changes nothing. Where one
 * of our folders is not to be looked into, nothing else is found.
 *
 * @throws {FileError} If the folder of all the others is such a one.
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
  const { findings, mayLookInto } = await examineFolders(layout, self);
  if (!mayLookInto) return findings;
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
