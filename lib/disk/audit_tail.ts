import { parseRecord } from "../json.ts";
import { runtime, unlessRefused } from "../system/mod.ts";
import { type AuditEvent, KEPT_LOGS, logInfo } from "./audit_log.ts";
import type { Layout } from "./layout.ts";

/** A line of the log, and when it was written. */
export interface LoggedEvent extends AuditEvent {
  /** The timestamp in epoch milliseconds. */
  time: number;
}

/** The result of reading the log. */
export interface LoggedEvents {
  /** The events, in the order of the log. */
  events: LoggedEvent[];
  /** The number of lines that are not events. */
  unreadable: number;
}

/** How much of a file is read at most, bytes; logs never grow that large. */
const MOST_BYTES = 16 * 1024 * 1024;

const PART_BYTES = 256 * 1024;

/** A longer line is not an event, characters; real lines are much shorter. */
const LONGEST_LINE = 64 * 1024;

/** Which events to read. */
export interface ReadOptions {
  /** The maximum number of events; the last ones are returned. */
  most: number;
  /** Ignores events before this time, epoch milliseconds. */
  since: number;
  /** Whether to return an event. */
  isMeant: (event: LoggedEvent) => boolean;
}

/**
 * Reads the last events, also from older logs. Afterwards `tail`, the tail of
 * `log`, returns only events that were added since.
 *
 * @throws {FileError} If one of the logs is not a file.
 */
export async function readEvents(
  log: string,
  tail: AuditTail,
  { most, since, isMeant }: ReadOptions,
): Promise<LoggedEvents> {
  let { events, unreadable } = await tail.read();
  const select = (all: readonly LoggedEvent[]) =>
    all.filter((it) => it.time >= since && isMeant(it));
  let selected = select(events);
  for (let number = 1; number <= KEPT_LOGS; number++) {
    const isEnough = selected.length >= most ||
      events.some((it) => it.time < since);
    if (isEnough) break;
    const path = `${log}.${number}`;
    // The log that we have just read may have been renamed to this meanwhile.
    if ((await runtime.files.info(path))?.inode === tail.inode) continue;
    const kept = new AuditTail(path);
    const lines = [...await kept.readLines(), ...kept.cutShort()];
    const older = toEvents(lines);
    unreadable += older.unreadable;
    events = older.events;
    selected = [...select(events), ...selected];
  }
  const first = Math.max(0, selected.length - most);
  return { events: selected.slice(first), unreadable };
}

/**
 * Follows the current log. Each read returns what was added since the last one,
 * even if a new log was started or somebody emptied the file. Takes no lock.
 */
export class AuditTail {
  readonly #path: string;
  #inode: number | undefined;
  #offset = 0;
  #rest = "";
  #decoder = new TextDecoder();
  /** Whether the current line is skipped because it is too long. */
  #isLong = false;

  /** Creates a tail that has read nothing. */
  constructor(path: string) {
    this.#path = path;
  }

  /** The inode of the file that was read, which survives a rename. */
  get inode(): number | undefined {
    return this.#inode;
  }

  /**
   * Returns the events in the complete lines that were added.
   *
   * @throws {FileError} If the log is not a file.
   */
  async read(): Promise<LoggedEvents> {
    return toEvents(await this.readLines());
  }

  /**
   * Returns the complete lines that were added; `undefined` for each one that
   * is too long.
   *
   * @throws {FileError} If the log is not a file.
   */
  async readLines(): Promise<(string | undefined)[]> {
    const lines: (string | undefined)[] = [];
    const info = await logInfo(this.#path);
    if (this.#inode !== undefined && info?.inode !== this.#inode) {
      const kept = `${this.#path}.1`;
      const old = await logInfo(kept);
      if (old?.inode === this.#inode) {
        lines.push(...await this.#readTo(kept, old.size));
      }
      lines.push(...this.cutShort());
      this.#inode = undefined;
    }
    if (!info) return lines;
    if (this.#inode === undefined || info.size < this.#offset) {
      this.#inode = info.inode;
      this.#begin(Math.max(0, info.size - MOST_BYTES));
    }
    lines.push(...await this.#readTo(this.#path, info.size));
    return lines;
  }

  /** Returns the last line, if it does not end with a line break. */
  cutShort(): string[] {
    const rest = this.#rest;
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }

  #begin(offset: number): void {
    this.#offset = offset;
    this.#rest = "";
    this.#decoder = new TextDecoder();
    this.#isLong = false;
  }

  async #readTo(path: string, end: number): Promise<(string | undefined)[]> {
    const lines: (string | undefined)[] = [];
    while (this.#offset < end) {
      const length = Math.min(PART_BYTES, end - this.#offset);
      const bytes = await runtime.files.readPart(path, this.#offset, length);
      if (bytes.length === 0) break;
      this.#offset += bytes.length;
      lines.push(...this.#cut(bytes));
    }
    return lines;
  }

  #cut(bytes: Uint8Array): (string | undefined)[] {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const cut = text.split("\n");
    this.#rest = cut.pop() ?? "";
    const lines = cut.map((line, at) => {
      const isLong = line.length > LONGEST_LINE || at === 0 && this.#isLong;
      return isLong ? undefined : line;
    });
    if (lines.length > 0) this.#isLong = false;
    if (this.#rest.length > LONGEST_LINE) {
      this.#rest = "";
      this.#isLong = true;
    }
    return lines;
  }
}

/** Enough for several hundred lines, and quick to read. */
const TAIL_BYTES = 128 * 1024;

/** The last lines of `rotation.log`. */
export interface LogTail {
  /** The events, oldest first; other lines are skipped. */
  events: AuditEvent[];
  /** Whether the file has earlier events. */
  isCut: boolean;
}

/**
 * Reads the end of `rotation.log`, at most `maxBytes`; changes nothing. A log
 * that cannot be read counts as empty: `doctor` says what is wrong with it.
 */
export async function readLogTail(
  layout: Layout,
  { maxBytes = TAIL_BYTES }: { maxBytes?: number } = {},
): Promise<LogTail> {
  const { files } = runtime;
  const info = await files.info(layout.log);
  if (info?.kind !== "file") return { events: [], isCut: false };
  const offset = Math.max(0, info.size - maxBytes);
  const bytes = await files.readPart(layout.log, offset, maxBytes)
    .catch(unlessRefused);
  if (!bytes) return { events: [], isCut: false };
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (offset > 0) lines.shift(); // probably half a line
  return { events: toEvents(lines).events, isCut: offset > 0 };
}

function toEvents(lines: readonly (string | undefined)[]): LoggedEvents {
  const written = lines.filter((it) => it === undefined || it.trim() !== "");
  const events = written.flatMap((it) => parseEvent(it) ?? []);
  return { events, unreadable: written.length - events.length };
}

function parseEvent(line: string | undefined): LoggedEvent | undefined {
  const entry = parseRecord(line ?? "");
  const { timestamp, event } = entry;
  if (typeof timestamp !== "string" || typeof event !== "string") {
    return undefined;
  }
  const time = Date.parse(timestamp);
  if (Number.isNaN(time)) return undefined;
  const { level, from, to, reason } = entry;
  return {
    time,
    timestamp,
    level: level === "warn" || level === "error" ? level : "info",
    event,
    from: indexOf(from),
    to: indexOf(to),
    reason: typeof reason === "string" ? reason : "",
  };
}

function indexOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? Number(value) : null;
}
