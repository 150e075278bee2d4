import { shellWord } from "../accounts/fix_of.ts";
import { runtime } from "../system/mod.ts";
import { FILE_MODE, isLinked, type Layout } from "../disk/layout.ts";
import {
  isOfAnother,
  listTemporaries,
  type Temporary,
} from "../vault/settle/leftovers.ts";
import { basename } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import {
  entryOf,
  HOME,
  homeFolder,
  isUnreachable,
  listHomes,
  readParts,
  roleOf,
} from "../vault/homes/homes.ts";
import type { EntryRole } from "../agents/formats.ts";
import { isOver } from "../vault/homes/end_homes.ts";
import { STALE_AGENT_LOCK_MS } from "../vault/settle/agent_locks.ts";

/** Finds private homes of runs that have ended. */
export async function* examineHomes(
  { layout, fix }: Look,
): AsyncIterable<Finding> {
  const check = "homes";
  for (const home of await listHomes(layout)) {
    if (!await isOver(home)) continue;
    const folder = homeFolder(layout, home.id);
    if (home.process !== undefined) {
      const problem = `a killed run left ${folder} behind`;
      yield { check, problem, mend: fix };
      continue;
    }
    // An update has already copied back what it could.
    const parts = await readParts(layout, home.id);
    if (!parts) {
      const problem = `${folder} has a damaged record`;
      const away = entryOf(layout.root, `home-${home.id}`);
      yield { check, problem, mend: await moveAway(folder, away) };
    }
    for (const part of parts ?? []) {
      const to = part.kind === HOME ? part.of : layout.root;
      for (const name of await runtime.files.list(part.at)) {
        const path = entryOf(part.at, name);
        if (await isUnreachable(path)) {
          const problem = `${part.at} of a run has a name that is not UTF-8`;
          const away = entryOf(to, `home-${home.id}`);
          yield { check, problem, mend: await moveAway(part.at, away) };
          break;
        }
        const isLink = await runtime.files.readLink(path) !== undefined;
        if (isLink) continue;
        const problem = `${path} of a run could not be copied back`;
        const mend = mayHoldLogin(roleOf(layout, part.kind, name))
          ? fix
          : await moveAway(path, entryOf(to, name));
        yield { check, problem, mend };
      }
    }
  }
}

function mayHoldLogin(role: EntryRole): boolean {
  return role === "login" || role === "private";
}

/** Finds what killed processes left behind under temporary names. */
export async function* examineLeftovers(
  { layout, now, fix }: Look,
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
    yield { check, problem, mend: mend ?? fix };
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

/** A command holds the lock only for milliseconds. */
const PAUSE_MS = 100;
const MOST_LOOKS = 10;

/** Finds a process that holds our lock for about a second or longer. */
export async function* examineLock(
  { layout, sleep }: Look,
): AsyncIterable<Finding> {
  const look = () => runtime.files.lockHolder(layout.lock);
  const holder = await look();
  if (!holder) return;
  const { pid, program } = holder;
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    await sleep(PAUSE_MS);
    if ((await look())?.pid !== pid) return;
  }
  const problem = `process ${pid} (${
    program ?? "unknown"
  }) holds ${layout.lock}`;
  yield { check: "lock", problem, mend: `kill ${pid}` };
}

/** Finds a lock that a killed agent left behind. */
export async function* examineAgentLock(
  { layout, now, fix }: Look,
): AsyncIterable<Finding> {
  if (!isLinked(layout)) return;
  const info = await runtime.files.info(layout.agentLock);
  if (!info || now - info.mtimeMs <= STALE_AGENT_LOCK_MS) return;
  const isFolder = info.kind === "folder";
  const { program } = layout.agent;
  const name = basename(layout.agentLock);
  yield {
    check: `${program}'s lock`,
    problem: isFolder
      ? `${name} is a folder`
      : `${program} left ${name} behind`,
    mend: isFolder ? await moveAway(layout.agentLock) : fix,
  };
}
