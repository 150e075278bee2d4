import type { AgentLock } from "../../agents/home_login.ts";
import { BusyError } from "../../errors.ts";
import { withLock } from "../../disk/lock.ts";
import { FOLDER_MODE } from "../../disk/layout.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { realSystem, type System } from "../../system/system.ts";

/** How to wait for the locks of an agent. */
interface AgentLockOptions {
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep"> | undefined;
}

/** The holder of a folder is dead: a request of an agent takes 30 s at most. */
export const STALE_MS = 35_000;

/** Long enough for a lock that a killed process left. */
const DEADLINE_MS = 40_000;

const PAUSE_MS = 50;

/**
 * Runs `action` while holding `locks` as the agent itself holds them, so that
 * it writes no login meanwhile. The agent gives up on a lock after some seconds,
 * so `action` only moves files. The caller holds our own lock, and makes sure
 * that no process of an agent is running that takes none.
 *
 * @throws {BusyError} If another process still holds one after 40 s.
 */
export async function withAgentLocks<T>(
  locks: readonly AgentLock[],
  action: () => Promise<T>,
  options: AgentLockOptions = {},
): Promise<T> {
  const [lock, ...others] = locks;
  if (!lock) return await action();
  const inner = () => withAgentLocks(others, action, options);
  if (lock.kind === "folder") {
    return await withFolder(lock.path, inner, options);
  }
  const { system } = options;
  const timing = { timeoutMs: DEADLINE_MS, ...(system ? { system } : {}) };
  return await withLock(lock.path, inner, timing);
}

async function withFolder<T>(
  path: string,
  action: () => Promise<T>,
  { system = realSystem }: AgentLockOptions,
): Promise<T> {
  const deadline = system.elapsed() + DEADLINE_MS;
  while (!await take(path, system.now())) {
    if (system.elapsed() >= deadline) {
      throw new BusyError(
        "locked",
        `Cannot lock "${path}" within ${DEADLINE_MS} ms: another process ` +
          "holds it",
      );
    }
    await system.sleep(PAUSE_MS);
  }
  const ours = await runtime.files.info(path);
  try {
    return await action();
  } finally {
    await release(path, ours?.inode);
  }
}

async function take(path: string, now: number): Promise<boolean> {
  const { files } = runtime;
  try {
    await files.createFolder(path, FOLDER_MODE);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
  const info = await files.info(path);
  if (info?.kind === "folder" && Math.abs(now - info.mtimeMs) >= STALE_MS) {
    await files.remove(path);
  }
  return false;
}

/** Another process has taken the lock over if the folder is another one. */
async function release(path: string, ours: number | undefined): Promise<void> {
  try {
    const info = await runtime.files.info(path);
    if (info && info.inode === ours) await runtime.files.remove(path);
  } catch (error) {
    // It must not hide how the action ended; the lock becomes stale.
    if (errorCode(error) === undefined) throw error;
  }
}
