import { LockTimeoutError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { realSystem, type System } from "../system.ts";
import { FILE_MODE } from "./layout.ts";

/** How to wait for a lock. */
export interface WithLockOptions {
  /** How long to wait for another holder. @default 30_000 */
  timeoutMs?: number | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "sleep">;
}

/** Long enough for the slowest disk with dozens of processes in the queue. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** A waiter's pause is drawn from this range, so that no two keep step. */
const PAUSE_MS = { least: 1, spread: 8 };

/**
 * Runs `action` while holding an exclusive flock(2) on the file at `path`,
 * which is made if missing.
 *
 * Lock a file of its own, never the data: an atomic write replaces the inode
 * that carries the lock. The kernel frees the lock when its process ends.
 *
 * @throws {LockTimeoutError} If another process still holds the lock after
 * `timeoutMs`.
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  options: WithLockOptions = {},
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, system = realSystem } = options;
  const deadline = system.now() + timeoutMs;
  while (true) {
    using lock = await runtime.files.tryLock(path, FILE_MODE);
    if (lock) return await action();
    if (system.now() >= deadline) {
      const holder = await runtime.files.lockHolder(path);
      throw new LockTimeoutError(path, timeoutMs, holder);
    }
    await system.sleep(PAUSE_MS.least + Math.random() * PAUSE_MS.spread);
  }
}
