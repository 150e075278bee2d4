import { runtime } from "../system/mod.ts";
import { isLinked } from "../disk/layout.ts";
import { basename } from "../disk/names.ts";
import { STALE_AGENT_LOCK_MS } from "../vault/settle/agent_locks.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";

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
  { layout, now, self }: Look,
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
    mend: isFolder ? await moveAway(layout.agentLock) : `${self} doctor --fix`,
  };
}
