import { messageOf } from "../system/message_of.ts";
import type { Notify, System } from "../system/system.ts";
import { appendUsage, keepUsage } from "./usage_files.ts";
import type {
  Counted,
  Refusal,
  UsageHistory,
  UsageSink,
  WindowReading,
} from "./types.ts";
import { MINUTE_MS, UsageTally } from "./usage_tally.ts";

/** How often counts and refusals are written: a kill loses no more. */
const WRITE_MS = 5_000;

/** How often readings are written; between two of them, the last one counts. */
const WRITE_READINGS_MS = 30_000;

/** How often to look for days that are over. */
const KEEP_MS = 3_600_000;

/** What a recorder needs. */
export interface UsageRecorderOptions {
  /** Called once if the folder cannot be written. */
  notify: Notify;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/**
 * Records what the accounts do: gathers it in memory, and appends it to the
 * files in `usage/` every few seconds, and when it is disposed of. Never fails:
 * a folder that cannot be written is reported once.
 */
export class UsageRecorder implements UsageSink, AsyncDisposable {
  readonly #folder: string;
  readonly #notify: Notify;
  readonly #system: UsageRecorderOptions["system"];
  readonly #end = new AbortController();
  #counts = new UsageTally();
  #readings = newReadings();
  #isWaiting = false;
  #isReported = false;
  #writing: Promise<void> = Promise.resolve();
  #readingsWritten = -Infinity;
  #kept = -Infinity;

  /** Creates a recorder for the folder `usage/`; writes nothing yet. */
  constructor(folder: string, { notify, system }: UsageRecorderOptions) {
    this.#folder = folder;
    this.#notify = notify;
    this.#system = system;
  }

  /** Counts what an account did, by default now. */
  count(counted: Counted): void {
    const { at = this.#system.now() } = counted;
    this.#counts.count({ ...counted, at });
    this.#writeSoon();
  }

  /** Records what was said about a window. */
  read(reading: WindowReading): void {
    this.#readings.read(reading);
    this.#writeSoon();
  }

  /** Records a refusal. */
  refuse(refusal: Refusal): void {
    this.#counts.refuse(refusal);
    this.#writeSoon();
  }

  /** What is not written yet, apart from what is being written. */
  get pending(): UsageHistory {
    const { minutes, refusals } = this.#counts.history();
    const { readings } = this.#readings.history();
    return { minutes, refusals, readings };
  }

  /** Writes what was recorded. */
  async write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  /** Writes what was recorded, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#readingsWritten = -Infinity;
    await this.write();
  }

  #writeSoon(): void {
    const { signal } = this.#end;
    if (this.#isWaiting || signal.aborted) return;
    this.#isWaiting = true;
    this.#system.sleep(WRITE_MS, signal).then(() => {
      this.#isWaiting = false;
      return this.write();
    }, () => {}); // it has ended
  }

  async #write(): Promise<void> {
    if (this.#counts.isEmpty && this.#readings.isEmpty) return;
    const history = this.#take();
    try {
      const now = this.#system.now();
      await appendUsage(this.#folder, history, { now, notify: this.#notify });
      if (this.#system.elapsed() - this.#kept < KEEP_MS) return;
      this.#kept = this.#system.elapsed();
      await keepUsage(this.#folder, now);
    } catch (error) {
      if (this.#isReported) return;
      this.#isReported = true;
      this.#notify(`cannot record the usage: ${messageOf(error)}`);
    }
  }

  /** Removes and returns what is due to be written. */
  #take(): UsageHistory {
    const { minutes, refusals } = this.#counts.history();
    this.#counts = new UsageTally();
    const elapsed = this.#system.elapsed();
    const isDue = elapsed - this.#readingsWritten >= WRITE_READINGS_MS;
    if (!isDue || this.#readings.isEmpty) {
      if (!this.#readings.isEmpty) this.#writeSoon();
      return { minutes, readings: [], refusals };
    }
    const { readings } = this.#readings.history();
    this.#readings = newReadings();
    this.#readingsWritten = elapsed;
    return { minutes, readings, refusals };
  }
}

function newReadings(): UsageTally {
  return new UsageTally({ readingPeriodMs: MINUTE_MS });
}
