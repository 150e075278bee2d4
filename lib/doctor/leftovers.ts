import { shellWord } from "../accounts/fix_of.ts";
import { runtime } from "../system/mod.ts";
import { FILE_MODE, type Layout } from "../disk/layout.ts";
import {
  isOfAnother,
  listTemporaries,
  type Temporary,
} from "../vault/settle/leftovers.ts";
import { basename } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";

/** Finds what killed processes left behind under temporary names. */
export async function* examineLeftovers(
  { layout, now, self }: Look,
): AsyncIterable<Finding> {
  const check = "leftovers";
  for (const temporary of await listTemporaries(layout, now)) {
    const { path, by, info } = temporary;
    if (isOfAnother(info)) {
      const problem = `${path} belongs to user ${info.uid}`;
      yield { check, problem, mend: await moveOut(layout, path) };
      continue;
    }
    const process = by === "us" ? "process" : layout.agent.program;
    const problem = `a killed ${process} left ${path} behind`;
    const mend = await manualFix(layout, temporary);
    yield { check, problem, mend: mend ?? `${self} doctor --fix` };
  }
}

/** Returns what the user must run before `doctor --fix`, or instead of it. */
async function manualFix(
  layout: Layout,
  { path, info }: Temporary,
): Promise<string | undefined> {
  if (info.kind === "folder") {
    const { length } = await runtime.files.list(path);
    return length > 0 ? await moveOut(layout, path) : undefined;
  }
  const fault = info.kind === "file" &&
    await findFault(path, "file", FILE_MODE);
  return fault && fault.kind === "shut"
    ? `chmod u+rw ${shellWord(path)}`
    : undefined;
}

/** Returns the command that moves `path` to a name that is not temporary. */
async function moveOut(layout: Layout, path: string): Promise<string> {
  const name = basename(path).replace(/^\.|\.tmp/g, "");
  return await moveAway(path, `${layout.root}/${name}`);
}
