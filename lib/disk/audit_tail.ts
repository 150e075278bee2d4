import { unsafeFile } from "../common_errors.ts";
import { type FileInfo, runtime } from "../system/mod.ts";
import { type AuditEvent, KEPT_LOGS } from "./audit_log.ts";
import type { Layout } from "./layout.ts";
import { KIND_NAMES } from "./permissions.ts";

/** A line of the log, and when it was written. */
export interface LoggedEvent extends AuditEvent {
  /** The same as its timestamp, epoch milliseconds. */
  time: number;
}

/** What was read of the log. */
export interface LoggedEvents {
  /** The events, as they stand there. */
  events: LoggedEvent[];
  /** How many lines cannot be read as events. */
  unreadable: number;
}

/** How much of one file is read, bytes; a log never grows that large. */
const MOST_BYTES = 16 * 1024 * 1024;

const PART_BYTES = 256 * 1024;

/** The lines of a log are much shorter, characters. */
const LONGEST_LINE = 64 * 1024;

/** Which events to read. */
export interface ReadOptions {
  /** How many of them at most, the last ones. */
  most: number;
  /** None from before that time, epoch milliseconds. */
  since: number;
  /** Whether an event counts. */
  isMeant: (event: LoggedEvent) => boolean;
}

/**
 * Reads the last events, also from full logs that were kept, and leaves `tail`,
 * the one of `log`, where further events will be.
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
  let meant = select(events);
  for (let number = 1; number <= KEPT_LOGS; number++) {
    const isEnough = meant.length >= most ||
      events.some((it) => it.time < since);
    if (isEnough) break;
    const path = `${log}.${number}`;
    // The log that we have just read may have got this name meanwhile.
    if ((await runtime.files.info(path))?.inode === tail.inode) continue;
    const kept = new AuditTail(path);
    const lines = [...await kept.readLines(), ...kept.cutShort()];
    const older = toEvents(lines);
    unreadable += older.unreadable;
    events = older.events;
    meant = [...select(events), ...meant];
  }
  return { events: meant.slice(Math.max(0, meant.length - most)), unreadable };
}

/**
 * The log that is written to: each reading returns what was added since the one
 * before, also where a new log was begun or somebody has emptied the file.
 * Takes no lock.
 */
export class AuditTail {
  readonly #path: string;
  #inode: number | undefined;
  #offset = 0;
  #rest = "";
  #decoder = new TextDecoder();
  /** Whether the line that we are in is left out, being too long. */
  #isLong = false;

  /** Creates a tail that has read nothing. */
  constructor(path: string) {
    this.#path = path;
  }

  /** The file that was read, also after it got another name. */
  get inode(): number | undefined {
    return this.#inode;
  }

  /**
   * Returns the events of the whole lines that were added.
   *
   * @throws {FileError} If the log is not a file.
   */
  async read(): Promise<LoggedEvents> {
    return toEvents(await this.readLines());
  }

  /**
   * The same as lines; `undefined` stands for one that is too long.
   *
   * @throws {FileError} If the log is not a file.
   */
  async readLines(): Promise<(string | undefined)[]> {
    const lines: (string | undefined)[] = [];
    const info = await this.#info(this.#path);
    if (this.#inode !== undefined && info?.inode !== this.#inode) {
      const kept = `${this.#path}.1`;
      const old = await this.#info(kept);
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

  /** Returns the last line, if no line break ends it. */
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

  /** A pipe would be waited for, and a link may lead anywhere. */
  async #info(path: string): Promise<FileInfo | undefined> {
    const info = await runtime.files.info(path);
    if (!info || info.kind === "file") return info;
    throw unsafeFile(
      path,
      `is a ${KIND_NAMES[info.kind]}, not a file`,
    );
  }
}

/** Some hundred lines, which take no time to read. */
const TAIL_BYTES = 128 * 1024;

/** The last lines of `rotation.log`. */
export interface LogTail {
  /** The events, oldest first; a line of another shape is left out. */
  events: AuditEvent[];
  /** Whether there are earlier ones in the file. */
  isCut: boolean;
}

/** Reads the end of `rotation.log`, at most `maxBytes`; changes nothing. */
export async function readLogTail(
  layout: Layout,
  { maxBytes = TAIL_BYTES }: { maxBytes?: number } = {},
): Promise<LogTail> {
  const { files } = runtime;
  const info = await files.info(layout.log);
  if (info?.kind !== "file") return { events: [], isCut: false };
  const offset = Math.max(0, info.size - maxBytes);
  const bytes = await files.readPart(layout.log, offset, maxBytes);
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (offset > 0) lines.shift(); // most likely half a line
  return { events: toEvents(lines).events, isCut: offset > 0 };
}

function toEvents(lines: readonly (string | undefined)[]): LoggedEvents {
  const written = lines.filter((it) => it === undefined || it.trim() !== "");
  const events = written.flatMap((it) => parseEvent(it) ?? []);
  return { events, unreadable: written.length - events.length };
}

function parseEvent(line: string | undefined): LoggedEvent | undefined {
  const entry = parseObject(line);
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

function parseObject(line: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line ?? "");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function indexOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? Number(value) : null;
}
