/** The locks of the fake of claude, which are folders. */

import { peek, sleep, step } from "./fake_agent.ts";

/** How often it tries a lock that another process holds (2.1.332). */
const TRIES = 6;

/** The shortest wait between two tries; really 1 s. */
const PAUSE_MS = 20;

/** The holder of an older lock is dead; 2.1.332 waits for one of 20 s. */
const STALE_MS = 40_000;

/** Takes a lock, a folder; `false` if another process keeps it. */
export async function lock(path: string): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      Deno.mkdirSync(path);
      step(`lock ${path}`);
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    if (isDead(path)) unlock(path);
    else await sleep(PAUSE_MS * (1 + Math.random()));
  }
  return false;
}

/** Releases a lock. */
export function unlock(path: string): void {
  step(`unlock ${path}`);
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether the holder of a lock is dead. */
function isDead(path: string): boolean {
  try {
    const { birthtime, mtime } = Deno.statSync(path);
    if (Date.now() - Number(mtime) >= STALE_MS) return true;
    const owner = peek(`${path}.owner`);
    if (owner === undefined) return false;
    const { pid, lockBirthtimeMs } = JSON.parse(owner);
    return lockBirthtimeMs === Number(birthtime) && !isAlive(pid);
  } catch {
    return false; // it was released, or the owner is just being written
  }
}

/** Writes who holds a lock beside it. */
export function writeOwner(path: string): void {
  const temporary = `${path}.tmp.${crypto.randomUUID().slice(0, 8)}`;
  const { birthtime } = Deno.statSync(path.replace(/\.owner$/, ""));
  const owner = { pid: Deno.pid, lockBirthtimeMs: Number(birthtime) };
  const pattern = temporary.replace(/[^.]+$/, "*");
  step(`create ${pattern}`);
  Deno.writeTextFileSync(temporary, JSON.stringify(owner));
  step(`write ${pattern}`);
  step(`rename ${pattern} ${path}`);
  Deno.renameSync(temporary, path);
}

function isAlive(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}
