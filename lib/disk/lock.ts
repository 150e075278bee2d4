import { BusyError } from "../errors.ts";
import { type Files, type LockHolder, runtime } from "../system/mod.ts";
import { defaultOf } from "../setting_lookup.ts";
import { realSystem, type System } from "../system/system.ts";
import { FILE_MODE } from "./layout.ts";

/** How to wait for a lock. */
export interface WithLockOptions {
  /** How long to wait while another process holds it. @default 30_000 */
  timeoutMs?: number | undefined;
  /** @default realSystem */
  system?: Pick<System, "elapsed" | "sleep">;
}

/**
 * The longest pause between two tries. With 32 waiting processes, shorter
 * pauses keep the processors busy with trying: with 32 ms, 3,200 switches take
 * 14.1 s instead of 12.7 s on two processors, and 12.6 s instead of 10.7 s on
 * four.
 */
const LONGEST_PAUSE_MS = 64;

/**
 * The last caller of this process in the queue for each lock. A test that stops
 * a file system in the middle of a change leaves its queues behind with it.
 */
const queues = new WeakMap<Files, Map<string, Promise<void>>>();

/**
 * Runs `action` while holding an exclusive flock(2) on the file at `path`,
 * which is created if it does not exist. Callers in the same process take turns
 * in their order: 8 jobs that only tried again and again waited 16 times as
 * long.
 *
 * Lock a file of its own, never the data: an atomic write replaces the inode
 * that carries the lock. The kernel frees the lock when its process ends.
 *
 * @throws {BusyError} If another process still holds the lock after
 * `timeoutMs`.
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  options: WithLockOptions = {},
): Promise<T> {
  const { timeoutMs = defaultOf("lock-timeout"), system = realSystem } =
    options;
  const deadline = system.elapsed() + timeoutMs;
  using _turn = await takeTurn(path, timeoutMs);
  for (let tries = 0;; tries++) {
    using lock = await runtime.files.tryLock(path, FILE_MODE);
    if (lock) return await action();
    if (system.elapsed() >= deadline) {
      const holder = await runtime.files.lockHolder(path);
      throw new BusyError(
        "locked",
        `Cannot lock "${path}" within ${timeoutMs} ms: ` +
          `${describeHolder(holder)} holds it`,
      );
    }
    // A random length, so that waiting processes do not retry in step.
    const longest = Math.min(2 ** (tries + 1), LONGEST_PAUSE_MS);
    await system.sleep(Math.random() * longest);
  }
}

/**
 * Waits until the callers before have had the lock, but no longer than
 * `timeoutMs` by the real clock, by which those work, too. Disposing of the
 * result lets the next one try.
 */
async function takeTurn(path: string, timeoutMs: number): Promise<Disposable> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const queue = queues.get(runtime.files) ?? new Map<string, Promise<void>>();
  queues.set(runtime.files, queue);
  const before = queue.get(path);
  const last = before ? before.then(() => promise) : promise;
  queue.set(path, last);
  last.then(() => {
    if (queue.get(path) === last) queue.delete(path);
  });
  if (before) {
    const isOver = new AbortController();
    const { signal } = isOver;
    const timeout = realSystem.sleep(timeoutMs, signal).catch(() => {});
    await Promise.race([before, timeout]);
    isOver.abort();
  }
  return { [Symbol.dispose]: () => resolve() };
}

function describeHolder(holder: LockHolder | undefined): string {
  if (!holder) return "another process";
  const { pid, program } = holder;
  return program ? `process ${pid} (${program})` : `process ${pid}`;
}
