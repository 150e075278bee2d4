import type { Layout } from "../disk/layout.ts";
import { plainEnvironment } from "../notify/run_target.ts";
import { endPauses, findDue } from "../notify/outbox.ts";
import {
  claimStart,
  endStart,
  readMessages,
  START_MS,
  takeSendingLease,
} from "../notify/outbox_files.ts";
import { drainOutbox, sendDue } from "../notify/send.ts";
import { runtime } from "../system/mod.ts";
import { type Notify, realSystem } from "../system/system.ts";

/** How long a command waits at its end for messages to be sent, milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * How long a command waits until it has stopped sending, milliseconds. A try
 * that cannot be stopped, such as one that reads from a dead file server, ends
 * with the process.
 */
const STOP_MS = 500;

/** How often to look whether they are sent, milliseconds. */
const LOOK_MS = 20;

/** How often to ask for the lease of another process, milliseconds. */
const LEASE_MS = 1_000;

/** Sends the messages of an outbox beside what this process does. */
export class BackgroundSender implements AsyncDisposable {
  readonly #layout: Layout;
  readonly #notify: Notify;
  readonly #stop = new AbortController();
  #news = Promise.withResolvers<void>();
  /** Whether this process got the lease at once, and a promise of its end. */
  #begun: Promise<{ isOurs: boolean; ended: Promise<void> }> | undefined;

  /** Creates the sender; `begin()` makes it send. */
  constructor(layout: Layout, notify: Notify) {
    this.#layout = layout;
    this.#notify = notify;
  }

  /** Sends what waits in the outbox; if it is sending already, looks again. */
  begin(): void {
    this.#begun ??= this.#begin();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /**
   * Waits until what is due is sent, for at most 2 s, and leaves the rest to a
   * process in the background.
   */
  async finish(): Promise<void> {
    const layout = this.#layout;
    const deadline = realSystem.elapsed() + PATIENCE_MS;
    // In CI, no process is left that could send later.
    const isLast = isInCi();
    if (isLast) this.begin();
    const isOurs = (await this.#begun)?.isOurs ?? false;
    while (isOurs && realSystem.elapsed() < deadline) {
      const left = deadline - realSystem.elapsed();
      if (!await hasDue(layout, realSystem.now() + (isLast ? left : 0))) break;
      await realSystem.sleep(LOOK_MS);
    }
    const isOver = await settlesWithin(this[Symbol.asyncDispose](), STOP_MS);
    await startDrain(layout, { hasLease: !isOver });
  }

  /** Stops sending; what is under way is sent again later. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await (await this.#begun)?.ended;
  }

  async #begin() {
    // After a failure, the messages stay where they are.
    const lease = await takeSendingLease(this.#layout).catch(() => undefined);
    const ended = this.#send(lease).catch(() => {});
    return { isOurs: lease !== undefined, ended };
  }

  async #send(first: Disposable | undefined): Promise<void> {
    const { signal } = this.#stop;
    let lease = first;
    while (!lease && !signal.aborted) {
      lease = await takeSendingLease(this.#layout);
      if (!lease) await this.#pause(LEASE_MS);
    }
    if (!lease) return;
    using _lease = lease;
    await drainOutbox(this.#layout, {
      signal,
      notify: this.#notify,
      staysOpen: true,
      pause: (ms) => this.#pause(ms),
    });
  }

  async #pause(ms: number): Promise<void> {
    const isOver = new AbortController();
    const signal = AbortSignal.any([isOver.signal, this.#stop.signal]);
    const pause = realSystem.sleep(ms, signal).catch(() => {});
    await Promise.race([pause, this.#news.promise]);
    isOver.abort();
  }
}

/** Whether `action` settles within `ms`. */
async function settlesWithin(
  action: Promise<void>,
  ms: number,
): Promise<boolean> {
  const isOver = new AbortController();
  const { signal } = isOver;
  const late = realSystem.sleep(ms, signal).then(() => false, () => false);
  const isSettled = await Promise.race([action.then(() => true), late]);
  isOver.abort();
  return isSettled;
}

function isInCi(): boolean {
  return /^(?:1|true)$/i.test(runtime.host.variable("CI") ?? "");
}

/** Whether a message must be sent until `time`. */
async function hasDue(layout: Layout, time: number): Promise<boolean> {
  return (await findDue(layout, time)).length > 0;
}

/**
 * Starts the process that sends what is left in the outbox, unless nothing is,
 * another one does so, or the variable `CI` is set: a job of CI leaves no
 * process behind.
 */
async function startDrain(
  layout: Layout,
  { hasLease }: {
    /** Whether this process sends, and is about to end. */
    hasLease: boolean;
  },
): Promise<void> {
  if (isInCi() || !await hasDue(layout, Infinity)) return;
  {
    using lease = hasLease ? undefined : await takeSendingLease(layout);
    if (!lease && !hasLease) return;
    if (!await claimStart(layout, realSystem.now())) return;
  }
  const { host } = runtime;
  const [program = "", ...args] = host.command();
  host.startDetached(program, {
    args: [
      ...args,
      ...["--cli", layout.agent.program, "--dir", layout.root],
      ...["notify", "flush", "--drain"],
    ],
    env: plainEnvironment({ forNetwork: true }),
  });
}

/** How long to flush, or to wait for the process that sends, milliseconds. */
const FLUSH_MS = 30_000;

const PAUSE_MS = 100;

/**
 * How many messages to one target were sent, were tried and failed, and are not
 * sent yet, also because they are not due.
 */
type Flushed = Record<"sent" | "failed" | "waiting", number>;

/**
 * Tries to send everything that is due, also what waits for its next try. If
 * another process is sending, this one waits for it.
 */
export async function flushOutbox(
  layout: Layout,
  notify: Notify,
): Promise<Flushed> {
  if (!await runtime.files.info(layout.outbox)) {
    return { sent: 0, failed: 0, waiting: 0 };
  }
  const before = await readMessages(layout);
  const now = realSystem.now();
  await endPauses(layout, now);
  const signal = AbortSignal.timeout(FLUSH_MS);
  while (!signal.aborted && await hasDue(layout, now)) {
    using lease = await takeSendingLease(layout);
    if (lease) await sendDue(layout, { signal, notify });
    else await realSystem.sleep(PAUSE_MS);
  }
  const after = await readMessages(layout);
  await startDrain(layout, { hasLease: false });
  const count = { sent: 0, failed: 0, waiting: 0 };
  for (const { id, deliveries } of after) {
    const earlier = before.find((it) => it.id === id)?.deliveries ?? {};
    for (const [name, it] of Object.entries(deliveries)) {
      const isTried = it.attempts > (earlier[name]?.attempts ?? 0);
      if (it.state === "waiting") count.waiting++;
      if (isTried) count[it.state === "sent" ? "sent" : "failed"]++;
    }
  }
  return count;
}

/**
 * Sends until nothing is left in the outbox, or for a day; returns at once if
 * another process does so. A terminal that hangs up does not end it.
 */
export async function drainAlone(
  layout: Layout,
  notify: Notify,
): Promise<void> {
  const { host } = runtime;
  const stop = new AbortController();
  using _hangUp = host.onSignal("SIGHUP", () => {});
  using _interrupt = host.onSignal("SIGINT", () => stop.abort());
  using _end = host.onSignal("SIGTERM", () => stop.abort());
  const { signal } = stop;
  // A message that was written while this process gave back the lease needs another turn.
  while (!signal.aborted && await hasDue(layout, Infinity)) {
    using lease = await awaitLease(layout);
    if (!lease) return;
    const end = await drainOutbox(layout, { signal, notify });
    if (end === "stopped") return;
  }
}

async function awaitLease(layout: Layout): Promise<Disposable | undefined> {
  const deadline = realSystem.elapsed() + START_MS;
  while (true) {
    const lease = await takeSendingLease(layout);
    if (lease) await endStart(layout);
    if (lease || realSystem.elapsed() >= deadline) return lease;
    await realSystem.sleep(PAUSE_MS);
  }
}
