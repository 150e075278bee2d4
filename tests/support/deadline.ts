/** How long a test waits for anything, milliseconds. */
export const DEADLINE_MS = 60_000;

/** How often a test checks a condition that nothing reports, milliseconds. */
const LOOK_INTERVAL_MS = 10;

/** The event that a test waits for. */
export interface Awaited {
  /** Its name for the error, such as "the first request". */
  what: string;
  /** Something that must not end before, such as the run of a program. */
  running?: Promise<unknown> | undefined;
}

/**
 * Returns what `event` resolves to.
 *
 * @throws {Error} If it takes longer than a minute, or if `running` ends
 * before.
 */
export async function within<T>(
  event: Promise<T>,
  { what, running }: Awaited,
): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`Waited ${DEADLINE_MS} ms in vain for ${what}`));
  }, DEADLINE_MS);
  const ended = running?.then((result) => {
    const told = Deno.inspect(result, { strAbbreviateSize: 10_000 });
    throw new Error(`The run ended before ${what}: ${told}`);
  });
  try {
    return await Promise.race([event, tooLate, ...(ended ? [ended] : [])]);
  } finally {
    clearTimeout(timer);
    ended?.catch(() => {}); // its failure does not matter any more
  }
}

/** An event that a test waits for and other code reports. */
export interface Signal {
  /** Resolves when it has happened; rejects after a minute. */
  readonly promise: Promise<void>;
  /** Reports that it has happened. */
  resolve(): void;
  /** Reports that it can no longer happen. */
  reject(reason: Error): void;
}

/** Makes a signal; `what` names the event. */
export function signalFor(what: string): Signal {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {}); // maybe nobody waits yet
  return {
    get promise() {
      return within(promise, { what });
    },
    resolve: () => resolve(),
    reject,
  };
}

/** Starts a program that is killed after a minute if it is still running. */
export function spawn(
  program: string,
  options: Deno.CommandOptions,
): Deno.ChildProcess {
  const child = new Deno.Command(program, options).spawn();
  const pid = options.detached ? -child.pid : child.pid;
  const timer = setTimeout(() => Deno.kill(pid, "SIGKILL"), DEADLINE_MS);
  child.status.finally(() => clearTimeout(timer));
  return child;
}

/**
 * Waits until `isSo()` is true, by asking again and again.
 *
 * @throws {Error} If it is not true within a minute, or if `running` ends
 * before.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  { what, running }: Awaited,
): Promise<void> {
  let isOver = false;
  const looking = (async () => {
    while (!isOver && !await isSo()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
  })();
  try {
    await within(looking, { what, running });
  } finally {
    isOver = true;
    await looking;
  }
}
