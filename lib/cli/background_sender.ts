import type { Layout } from "../disk/layout.ts";
import { plainEnvironment } from "../notify/run_target.ts";
import { findDue } from "../notify/outbox.ts";
import { claimStart, takeSendingLease } from "../notify/outbox_files.ts";
import { drainOutbox } from "../notify/send.ts";
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
  #begun: Promise<Begun> | undefined;

  /** Creates the sender; `begin()` makes it send. */
  constructor(layout: Layout, notify: Notify) {
    this.#layout = layout;
    this.#notify = notify;
  }

  /** Sends what waits in the outbox, and looks again if it does so already. */
  begin(): void {
    this.#begun ??= this.#begin();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /**
   * Waits until what is due is sent, for at most 2 s; see
   * {@linkcode startDrain} for the rest.
   */
  async finish(): Promise<void> {
    const layout = this.#layout;
    const deadline = realSystem.elapsed() + PATIENCE_MS;
    // There, nobody sends later.
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

  async #begin(): Promise<Begun> {
    // After a failure, the messages stay where they are.
    const lease = await takeSendingLease(this.#layout).catch(() => undefined);
    const ended = this.#send(lease).catch(() => {});
    return { isOurs: lease !== undefined, ended };
  }

  async #send(first: Disposable | undefined): Promise<void> {
    const { signal } = this.#stop;
    const notify = this.#notify;
    using lease = first ?? await this.#awaitLease();
    if (!lease) return;
    await drainOutbox(this.#layout, {
      signal,
      notify,
      staysOpen: true,
      pause: (ms) => this.#pause(ms),
    });
  }

  async #awaitLease(): Promise<Disposable | undefined> {
    while (!this.#stop.signal.aborted) {
      const lease = await takeSendingLease(this.#layout);
      if (lease) return lease;
      await this.#pause(LEASE_MS);
    }
    return undefined;
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

/** A sender that has begun. */
interface Begun {
  /** Whether it got the lease at once. */
  isOurs: boolean;
  /** Settles when it has stopped. */
  ended: Promise<void>;
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
export async function startDrain(
  layout: Layout,
  { hasLease = false }: {
    /** Whether this process sends, and is about to end. @default false */
    hasLease?: boolean;
  } = {},
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
