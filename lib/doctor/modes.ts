import { shellWord } from "../accounts/fix_of.ts";
import { runtime } from "../system/mod.ts";
import { listGenerations } from "../vault/logins/generations.ts";
import { FILE_MODE, FOLDER_MODE, type Layout } from "../disk/layout.ts";
import { basename, dirname } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import { slotIndex } from "../disk/slot_names.ts";
import type { Finding, Look } from "./finding.ts";
import { listCredentials } from "./repair.ts";
import { moveLiveFileAway } from "./link.ts";
import { moveAway } from "./move_away.ts";

const check = "modes";

/** What we must be allowed to do with a folder to look into it. */
const LOOK_MODE = 0o500;

/** Looks at our folders, and says whether the other checks can run. */
export async function examineFolders(
  layout: Layout,
  self: string,
): Promise<{ findings: Finding[]; mayLookInto: boolean }> {
  const findings: Finding[] = [];
  let mayLookInto = true;
  const { root, accounts, generations, stash, runs } = layout;
  for (const path of [root, accounts, generations, stash, runs]) {
    const mayBeLink = path === root || path === accounts;
    const real = mayBeLink && await runtime.files.realPath(path) || path;
    const fault = await findFault(real, "folder", FOLDER_MODE);
    if (!fault) continue;
    const mend = {
      foreign: () => moveAway(path),
      loose: () => `${self} doctor --fix`,
      shut: () => `chmod u+rwx ${shellWord(path)}`,
    }[fault.kind];
    const problem = `${path} ${fault.problem}`;
    findings.push({ check, problem, mend: await mend() });
    const isReadable = (fault.mode & LOOK_MODE) === LOOK_MODE;
    mayLookInto &&= fault.kind !== "foreign" && isReadable;
    if (!mayLookInto) break;
  }
  return { findings, mayLookInto };
}

/** Looks whose our files are, and what others may do with them. */
export async function* examineFiles(look: Look): AsyncIterable<Finding> {
  const { layout, live, slots, self } = look;
  const { state, log, lock } = layout;
  const files = [state, log, lock, ...await listCredentials(layout, slots)];
  if (live.kind === "file") files.push(layout.live);
  for (const path of files) {
    const fault = await findFault(path, "file", FILE_MODE);
    if (!fault) continue;
    const mend = {
      foreign: () => moveFileAway(look, path),
      loose: () => `${self} doctor --fix`,
      shut: () => `chmod u+rw ${shellWord(path)}`,
    }[fault.kind];
    yield { check, problem: `${path} ${fault.problem}`, mend: await mend() };
  }
}

/** What is in the stash or among the generations is taken for a login there. */
async function moveFileAway(look: Look, path: string): Promise<string> {
  const { layout, self } = look;
  if (path === layout.live) return await moveLiveFileAway(look);
  if ([layout.stash, layout.generations].includes(dirname(path))) {
    return await moveAway(path, `${layout.root}/${basename(path)}`);
  }
  const mend = await moveAway(path);
  const index = slotIndex(basename(path));
  if (index === undefined) return mend;
  const { length } = await listGenerations(layout, index);
  return length > 0 ? `${mend} && ${self} restore ${index}` : mend;
}
