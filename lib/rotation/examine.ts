import { unsafeFile } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { FOLDER_MODE, type Layout } from "../store/layout.ts";
import { findFault } from "../store/permissions.ts";
import { takeSnapshot } from "../store/snapshot.ts";
import type { System } from "../system.ts";
import { examineHomes } from "./examine/homes.ts";
import { examineLabels } from "./examine/labels.ts";
import { examineLeftovers } from "./examine/leftovers.ts";
import { examineLink } from "./examine/link.ts";
import { examineAgentLock, examineLock } from "./examine/locks.ts";
import { examineFiles, examineFolders } from "./examine/modes.ts";
import { examineRescued } from "./examine/rescued.ts";
import { examineRuns } from "./examine/runs.ts";
import { examineSlots } from "./examine/slots.ts";
import { examineStash } from "./examine/stash.ts";
import { examineClock, examineState } from "./examine/state.ts";
import type { Check, Finding } from "./finding.ts";
import { type AgentVersion, withoutEnded } from "./ended.ts";
import { ownCommand } from "./fix_of.ts";
import { listRescued } from "./rescue.ts";
import { withWrittenThrough } from "./written_through.ts";

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
