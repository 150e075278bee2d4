import { mayBeRepeated, withLock } from "../disk/lock.ts";
import { markOf } from "../disk/files.ts";
import { FILE_MODE, type Layout } from "../disk/layout.ts";
import { runtime, unlessRefused } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import {
  type AccountTraffic,
  noTraffic,
  type Queued,
  type Traffic,
} from "./traffic.ts";
import { isCount } from "./state_values.ts";
import { isRecord, parseRecord, recordOf } from "../json.ts";

const MAX_BYTES = 1024 * 1024;

/**
 * Each change takes less than a millisecond, but the process that makes it may
 * wait for a processor: with 30 processes per processor, longer than two
 * seconds. Whoever gives up sends a request of its own to an account that may
 * be out.
 */
const LOCK_TIMEOUT_MS = 10_000;

/** How often to try a file again that could not be changed, and for how long. */
const RETRY_MS = 5_000;
const RETRY_TIMEOUT_MS = 250;

/** The changed traffic, and what the caller gets. */
interface Changed<T> {
  traffic: Traffic;
  result: T;
}

/**
 * Returns the traffic in the file, which may be changing; takes no lock. A file
 * that cannot be read, or that is damaged, counts as empty.
 */
export async function readTraffic(
  { traffic: path }: Pick<Layout, "traffic">,
): Promise<Traffic> {
  const bytes = await runtime.files.read(path, MAX_BYTES).catch(unlessRefused);
  return bytes ? parse(new TextDecoder().decode(bytes)) : noTraffic();
}

/**
 * Changes the file under its own lock, which is held for no longer than that.
 * Nothing is flushed: what is lost is learned again.
 *
 * @throws The system's error, if the folder cannot be written.
 * @throws {BusyError} If another process holds the lock, because it was stopped.
 */
async function changeFile<T>(
  layout: Layout,
  change: (traffic: Traffic) => Changed<T>,
  options: { timeoutMs: number; system: Pick<System, "elapsed" | "sleep"> },
): Promise<T> {
  const { files } = runtime;
  return await withLock(layout.trafficLock, async () => {
    const { traffic, result } = change(await readTraffic(layout));
    const text = JSON.stringify(traffic);
    const next = `${layout.traffic}.new`;
    await files.remove(next); // left by a killed process
    const bytes = new TextEncoder().encode(`${text}\n`);
    await files.create(next, bytes, FILE_MODE, { flush: false });
    await files.rename(next, layout.traffic);
    return result;
  }, options);
}

/**
 * The traffic of one folder, as one process changes it. If the file cannot be
 * changed, the process continues with what it knows by itself, and tries again
 * every few seconds: a change says everything of its party, so that the others
 * then know what they have missed.
 */
export class TrafficFile {
  readonly #layout: Layout;
  readonly #system: Pick<System, "elapsed" | "sleep">;
  /** What this process knows by itself; `undefined` while the file works. */
  #alone: Traffic | undefined;
  /** When to try the file again, by `elapsed()`. */
  #retryAt = 0;

  /** Reads and writes nothing yet. */
  constructor(layout: Layout, system: Pick<System, "elapsed" | "sleep">) {
    this.#layout = layout;
    this.#system = system;
  }

  /** Returns the traffic; takes no lock. */
  async read(): Promise<Traffic> {
    return this.#alone ?? await readTraffic(this.#layout);
  }

  /** Returns a text that changes with the traffic of other processes. */
  async mark(): Promise<string> {
    if (this.#alone) return "";
    return await markOf(this.#layout.traffic).catch(unlessRefused) ?? "";
  }

  /** Changes the traffic. `change` may be called twice. */
  async change<T>(change: (traffic: Traffic) => Changed<T>): Promise<T> {
    const system = this.#system;
    if (!this.#alone || system.elapsed() >= this.#retryAt) {
      const timeoutMs = this.#alone ? RETRY_TIMEOUT_MS : LOCK_TIMEOUT_MS;
      try {
        const options = { timeoutMs, system };
        const result = await changeFile(this.#layout, change, options);
        this.#alone = undefined;
        return result;
      } catch (error) {
        if (!mayBeRepeated(error)) throw error;
        this.#alone ??= noTraffic();
        this.#retryAt = system.elapsed() + RETRY_MS;
      }
    }
    const { traffic, result } = change(this.#alone);
    this.#alone = traffic;
    return result;
  }
}

/** Parses the file, and leaves out what is damaged. */
function parse(text: string): Traffic {
  const { accounts, queue } = parseRecord(text);
  const entries = Object.entries(recordOf(accounts))
    .filter((it): it is [string, AccountTraffic] => isAccount(it[1]));
  return {
    accounts: Object.fromEntries(entries),
    queue: Array.isArray(queue) ? queue.filter(isQueued) : [],
  };
}

function isAccount(it: unknown): it is AccountTraffic {
  if (!isRecord(it)) return false;
  const { uses, probe, openUntil = 0, refusedAt = 0, limit } = it;
  return Array.isArray(uses) &&
    uses.every((use) =>
      isParty(use) && isCount(use.count) && isCount(use.since)
    ) && isCount(openUntil) && isCount(refusedAt) &&
    (probe === undefined ||
      isParty(probe) && isCount(probe.waitUntil) && isCount(probe.sent)) &&
    (limit === undefined ||
      isRecord(limit) && isCount(limit.count) && isCount(limit.until));
}

function isQueued(it: unknown): it is Queued {
  return isParty(it) && typeof it.id === "string" && isCount(it.asOf) &&
    isCount(it.seenAt) && areCounts(it.accounts) &&
    (it.rivals === undefined || areCounts(it.rivals));
}

function areCounts(it: unknown): boolean {
  return Array.isArray(it) && it.every(isCount);
}

function isParty(it: unknown): it is Record<string, unknown> {
  return isRecord(it) && typeof it.party === "string" &&
    typeof it.process === "string";
}
