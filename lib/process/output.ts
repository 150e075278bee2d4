import type { System } from "../system.ts";
import type { Spool } from "./spool.ts";

/** Sees a chunk of output before it is kept; must not keep or change it. */
export type Sensor = (chunk: Uint8Array) => void;

/** Moves what a program writes into one of its pipes to a spool. */
export class OutputPump {
  /** Settles when the pipe has ended; rejects when we cannot go on. */
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #spool: Spool;
  #isWaiting = false;

  /** Starts to read `pipe`; an absent one is empty. */
  constructor(
    pipe: ReadableStream<Uint8Array> | undefined,
    spool: Spool,
    sensor?: Sensor,
  ) {
    this.#reader = (pipe ?? ReadableStream.from<Uint8Array>([])).getReader();
    this.#spool = spool;
    this.finished = this.#pump(sensor);
  }

  /** The number of bytes moved. */
  get size(): number {
    return this.#spool.size;
  }

  /** Whether the pipe was empty when last looked at, or has ended. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Closes the pipe; what is still in it is lost. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // broken pipes are closed too
  }

  async #pump(sensor: Sensor | undefined): Promise<void> {
    try {
      while (true) {
        this.#isWaiting = true;
        const { done, value } = await this.#reader.read();
        if (done) return;
        this.#isWaiting = false;
        sensor?.(value);
        await this.#spool.write(value);
      }
    } finally {
      this.#isWaiting = true;
      await this.cancel();
    }
  }
}

/** How often to look at pipes that somebody else holds open. */
const TURN_MS = 25;

/**
 * Nothing in so many turns, and what the program wrote is taken to be out.
 * Turns, not a time: in each one the event loop has looked at the pipes, also
 * on a machine that is too busy to do so in 100 ms.
 */
const QUIET_TURNS = 4;

/** After 2 s whatever still comes is not the program's. */
const LONGEST_TURNS = 80;

/** What a pipe holds at most, `/proc/sys/fs/pipe-max-size`. */
const LARGEST_PIPE = 1_048_576;

/**
 * Reads what a program that has ended left in its pipes, and closes them.
 *
 * Another process may hold them open and even go on writing; so this waits for
 * their end only until they are quiet, or give more than the program can have
 * left in them.
 */
export async function drain(
  pumps: readonly OutputPump[],
  system: Pick<System, "sleep">,
): Promise<void> {
  const finished = Promise.allSettled(pumps.map((it) => it.finished));
  const sizeOf = () => pumps.reduce((sum, it) => sum + it.size, 0);
  const sizeAtEnd = sizeOf();
  let lastSize = sizeAtEnd;
  let quietTurns = 0;
  for (let turns = 1;; turns++) {
    if (await settlesWithin(finished, TURN_MS, system)) return;
    const size = sizeOf();
    const isWaiting = pumps.every((it) => it.isWaiting);
    quietTurns = isWaiting && size === lastSize ? quietTurns + 1 : 0;
    lastSize = size;
    if (quietTurns === QUIET_TURNS) break;
    if (isWaiting && turns >= LONGEST_TURNS) break;
    if (size - sizeAtEnd > pumps.length * LARGEST_PIPE) break;
  }
  await Promise.all(pumps.map((it) => it.cancel()));
  await finished;
}

async function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
  system: Pick<System, "sleep">,
): Promise<boolean> {
  const stop = new AbortController();
  const late = system.sleep(ms, stop.signal).then(() => false, () => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop.abort();
  }
}
