import { BusyError } from "../errors.ts";
import {
  errorCode,
  type Files,
  type LockHolder,
  runtime,
} from "../system/mod.ts";
import { defaultOf } from "../setting_lookup.ts";
import { realSystem, type System } from "../system/system.ts";
import { FILE_MODE } from "./layout.ts";

/** How to wait for a lock. */
export interface WithLockOptions {
  /**
   * How long to wait while one process holds it; ten times as long while it
   * passes from one process to another.
   *
   * @default 30_000
   */
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
 * How many times `timeoutMs` a caller waits at most for a lock that moves. Each
 * try is a draw: with 40 processes that want the lock four times each, the
 * unluckiest waits for about 200 others.
 */
const LONGEST_QUEUE = 10;

/** How often a caller looks who holds the lock, in each `timeoutMs`. */
const LOOKS = 4;

/** The callers of this process that want one lock. */
interface Queue {
  /** Resolves when the last one has had its turn. */
  last: Promise<void> | undefined;
  /** How many have had their turn. */
  served: number;
}

/**
 * The queue of this process for each lock. A test that stops a file system in
 * the middle of a change leaves its queues behind with it.
 */
const queues = new WeakMap<Files, Map<string, Queue>>();

/**
 * Runs `action` while holding an exclusive flock(2) on the file at `path`,
 * which is created if it does not exist. Callers in the same process take turns
 * in their order: 8 jobs that only tried again and again waited 16 times as
 * long.
 *
 * Lock a file of its own, never the data: an atomic write replaces the inode
 * that carries the lock. The kernel frees the lock when its process ends.
 *
 * A caller that sees the lock pass from one process to another waits in a queue,
 * and its `timeoutMs` begins again. That needs a system that tells who holds the
 * lock.
 *
 * @throws {BusyError} If another process still holds the lock after
 * `timeoutMs`, or if others hold it in turn for ten times as long.
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  options: WithLockOptions = {},
): Promise<T> {
  const { timeoutMs = defaultOf("lock-timeout"), system = realSystem } =
    options;
  const patience = new Patience(timeoutMs, system);
  using turn = await takeTurn(path, timeoutMs);
  if (turn.isOurs) patience.renew();
  for (let tries = 0;; tries++) {
    using lock = await runtime.files.tryLock(path, FILE_MODE);
    if (lock) return await action();
    if (patience.isLookDue) {
      const holder = await runtime.files.lockHolder(path);
      patience.look(holder?.pid);
      if (patience.isOver) {
        throw new BusyError(
          "locked",
          `Cannot lock "${path}" within ${patience.limitMs} ms: ` +
            `${describeHolder(holder)} holds it`,
        );
      }
    }
    // A random length, so that waiting processes do not retry in step.
    const longest = Math.min(2 ** (tries + 1), LONGEST_PAUSE_MS);
    await system.sleep(Math.random() * longest);
  }
}

/**
 * Whether a change under a lock failed because another process holds the lock,
 * or because of the disk: it may succeed later.
 */
export function mayBeRepeated(error: unknown): boolean {
  return error instanceof BusyError || errorCode(error) !== undefined;
}

/** Decides when to give up: later if those in front make progress. */
class Patience {
  readonly #timeoutMs: number;
  readonly #system: Pick<System, "elapsed">;
  readonly #startedAt: number;
  #movedAt: number;
  #lookedAt: number;
  #seen: { sign: number | undefined } | undefined;

  constructor(timeoutMs: number, system: Pick<System, "elapsed">) {
    this.#timeoutMs = timeoutMs;
    this.#system = system;
    this.#startedAt = this.#movedAt = this.#lookedAt = system.elapsed();
  }

  /** Whether to look at those in front. */
  get isLookDue(): boolean {
    const sinceMs = this.#system.elapsed() - this.#lookedAt;
    return sinceMs >= this.#timeoutMs / LOOKS || this.isOver;
  }

  /** Whether to give up. */
  get isOver(): boolean {
    const now = this.#system.elapsed();
    return now - this.#movedAt >= this.#timeoutMs ||
      now - this.#startedAt >= this.#timeoutMs * LONGEST_QUEUE;
  }

  /** How long to wait before giving up, or how long the wait was. */
  get limitMs(): number {
    const longestMs = this.#timeoutMs * LONGEST_QUEUE;
    const now = this.#system.elapsed();
    return now - this.#startedAt >= longestMs ? longestMs : this.#timeoutMs;
  }

  /**
   * Notes a number that tells who is in front: if it differs from the last one,
   * there is progress.
   */
  look(sign: number | undefined): void {
    this.#lookedAt = this.#system.elapsed();
    if (this.#seen && this.#seen.sign !== sign) this.renew();
    this.#seen = { sign };
  }

  /** Begins the wait again. */
  renew(): void {
    this.#movedAt = this.#system.elapsed();
  }
}

/**
 * Waits until the callers before have had the lock, but no longer than
 * `timeoutMs` for each of them. Uses the real clock, as their work does. Disposing
 * of the result lets the next one try.
 */
async function takeTurn(
  path: string,
  timeoutMs: number,
): Promise<Disposable & { isOurs: boolean }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const byPath = queues.get(runtime.files) ?? new Map<string, Queue>();
  queues.set(runtime.files, byPath);
  const queue: Queue = byPath.get(path) ?? { last: undefined, served: 0 };
  byPath.set(path, queue);
  const { last: before } = queue;
  const last = before ? before.then(() => promise) : promise;
  queue.last = last;
  last.then(() => {
    queue.served++;
    if (queue.last === last) byPath.delete(path);
  });
  const patience = new Patience(timeoutMs, realSystem);
  let isOurs = before === undefined;
  while (before && !isOurs && !patience.isOver) {
    patience.look(queue.served);
    isOurs = await endsWithin(before, timeoutMs / LOOKS);
  }
  return { isOurs, [Symbol.dispose]: () => resolve() };
}

/** Whether `promise` resolves within `ms`. */
async function endsWithin(promise: Promise<void>, ms: number) {
  const isOver = new AbortController();
  const timeout = realSystem.sleep(ms, isOver.signal).catch(() => {});
  const inTime = promise.then(() => true);
  const result = await Promise.race([inTime, timeout.then(() => false)]);
  isOver.abort();
  return result;
}

function describeHolder(holder: LockHolder | undefined): string {
  if (!holder) return "another process";
  const { pid, program } = holder;
  return program ? `process ${pid} (${program})` : `process ${pid}`;
}
