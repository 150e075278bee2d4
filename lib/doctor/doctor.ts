import { AccountManager } from "../accounts/account_manager.ts";
import { realSystem, type System } from "../system/system.ts";
import { repair } from "./repair.ts";
import type { Check, Finding } from "./finding.ts";
import { unsafeFile } from "../common_errors.ts";
import { runtime } from "../system/mod.ts";
import { FOLDER_MODE, type Layout } from "../disk/layout.ts";
import { findFault } from "../disk/permissions.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import {
  examineAgentLock,
  examineHomes,
  examineLeftovers,
  examineLock,
} from "./leftovers.ts";
import { examineClock, examineLabels, examineState } from "./state.ts";
import {
  examineFiles,
  examineFolders,
  examineLink,
  examineRuns,
} from "./files.ts";
import { examineLoginFolders } from "./login_folders.ts";
import { examineSlots } from "./slots.ts";
import { examineRescued, examineStash } from "./stash.ts";
import { withoutEnded } from "../vault/block.ts";
import type { AgentVersion } from "../vault/snapshot.ts";
import { ownCommand } from "../accounts/fix_of.ts";
import { listRescued } from "../vault/settle/grants.ts";
import { withWrittenThrough } from "../vault/logins/written_through.ts";

/**
 * Finds and repairs what is wrong in the folder of the accounts.
 *
 * @example
 * ```ts
 * import { Doctor } from "@x/qwen-rotate";
 *
 * for (const { check, problem } of await new Doctor().examine()) {
 *   console.log(`${check}: ${problem}`);
 * }
 * ```
 */
export class Doctor extends AccountManager {
  /**
   * Finds what is wrong or could become wrong; changes nothing.
   *
   * @throws {FileError} If one of our folders cannot be read.
   */
  async examine(): Promise<Finding[]> {
    const { agentVersion, system = realSystem } = this.options;
    return await examine(this.layout, { agentVersion, ...system });
  }

  /**
   * Repairs what needs no decision by the user: modes, the link, unusable
   * slots, files that killed processes left behind, and stashed copies of old
   * logins.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async repair(): Promise<void> {
    await this.update({ change: repair });
  }
}

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
  const fix = `${self} doctor --fix`;
  const { findings, areReadable } = await examineFolders(layout, fix);
  if (!areReadable) return findings;
  const rescued = await listRescued(layout, { env });
  const snapshot = await withoutEnded(
    await withWrittenThrough(await takeSnapshot(layout)),
    agentVersion,
  );
  const look = { ...snapshot, now: now(), sleep, self, fix, rescued };
  for (const check of CHECKS) {
    for await (const it of check(look)) findings.push(it);
  }
  return findings;
}
