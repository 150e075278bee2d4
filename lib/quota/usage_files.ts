/**
 * The files in `usage/`, beside the ledger: what the accounts have done. Rules:
 *
 * - There is a file for each day (UTC), to which any process appends whole
 *   lines, without a lock. The lines say when something happened; the file says
 *   when it was written.
 * - When a day is over, one process replaces the file by its sums. Nobody
 *   appends to it then, except after the clock was set back.
 * - All of it may be deleted at any time. Then nothing is known of the past.
 *
 * @module
 */

import { writeAtomic } from "../disk/files.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { type Move, replacedBy } from "../disk/names.ts";
import { makeFolder, secureFile, secureFolder } from "../disk/permissions.ts";
import { runtime, unlessRefused } from "../system/mod.ts";
import type { Notify } from "../system/system.ts";
import type { UsageHistory } from "./types.ts";
import { addLines, moveLine, type Period, usageLines } from "./usage_lines.ts";
import { UsageTally } from "./usage_tally.ts";

/** The length of a day, milliseconds. */
export const DAY_MS = 86_400_000;

/** A longer file cannot be read, bytes; a busy day has a tenth of it. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The most models of one account; few services have as many. */
const MOST_MODELS = 500;

const NAME = /^(\d{4}-\d\d-\d\d)\.jsonl$/;

/** Returns the path of the file of the day that `now` is in. */
export function usageFile(folder: string, now: number): string {
  return `${folder}/${new Date(now).toISOString().slice(0, 10)}.jsonl`;
}

/** Returns when the day of a file begins, if that is its name. */
function dayOf(name: string): number | undefined {
  const day = Date.parse(NAME.exec(name)?.[1] ?? "");
  return Number.isNaN(day) ? undefined : day;
}

/**
 * Appends `history` to the file of the day that `now` is in, in one write, and
 * creates the folder if it does not exist. Nothing is flushed to the disk.
 *
 * @throws {FileError} If the folder or the file is not safe to use.
 * @throws The system's error, if the file cannot be written.
 */
export async function appendUsage(
  folder: string,
  history: UsageHistory,
  { now, notify }: { now: number; notify: Notify },
): Promise<void> {
  const lines = usageLines(history);
  if (lines.length > 0) await appendLines(folder, lines, { now, notify });
}

/**
 * Notes in the folder, if it exists, that an account has got another number.
 *
 * @throws As {@linkcode appendUsage} does.
 */
export async function appendMove(
  folder: string,
  { from, to }: Move,
  { now, notify }: { now: number; notify: Notify },
): Promise<void> {
  if (!await runtime.files.info(folder)) return;
  const line = moveLine({ from, to, at: now });
  await appendLines(folder, [line], { now, notify });
}

async function appendLines(
  folder: string,
  lines: readonly string[],
  { now, notify }: { now: number; notify: Notify },
): Promise<void> {
  if (!await runtime.files.info(folder)) await makeFolder(folder);
  await secureFolder(folder, notify);
  const path = usageFile(folder, now);
  await secureFile(path, notify);
  await runtime.files.appendLine(path, lines.join("\n"), FILE_MODE);
}

/**
 * Returns what is known of `period`. Takes no lock and changes nothing; a
 * file that cannot be read, or a line that is damaged, is skipped.
 */
export async function readUsage(
  folder: string,
  period: Period = {},
): Promise<UsageHistory> {
  const { files } = runtime;
  const tally = new UsageTally({
    mostEntries: Infinity,
    mostModels: MOST_MODELS,
  });
  if ((await files.info(folder))?.kind !== "folder") return tally.history();
  for (const name of await files.list(folder)) {
    const day = dayOf(name);
    // What happened is written later, so in the file of its day or a later one.
    if (day === undefined || day + DAY_MS <= (period.from ?? 0)) continue;
    await addFile(tally, `${folder}/${name}`, period).catch(unlessRefused);
  }
  return tally.history();
}

/**
 * Adds to `tally` what the file at `path` says of `period`.
 *
 * @throws The system's error, if the file cannot be read.
 */
async function addFile(
  tally: UsageTally,
  path: string,
  period: Period = {},
): Promise<void> {
  const { files } = runtime;
  if ((await files.info(path))?.kind !== "file") return;
  // At once: the file may be replaced between two parts.
  const bytes = await files.read(path, MOST_BYTES);
  addLines(tally, new TextDecoder().decode(bytes), period);
}

/** How long the counts are kept, days. */
export const KEPT_DAYS = 35;

/**
 * How long after the end of a day its file is replaced, so that nobody who has
 * opened it before is still writing.
 */
const GRACE_MS = 10 * 60_000;

/** Of the readings of one window in an hour of a past day, the last is kept. */
const READING_PERIOD_MS = 3_600_000;

/**
 * Replaces the files of past days by their sums, and removes those that are too
 * old. Does nothing if another process is doing so. Cheap if nothing is due.
 *
 * @throws The system's error of the first file that cannot be read or written;
 * the others are done.
 */
export async function keepUsage(folder: string, now: number): Promise<void> {
  const { files } = runtime;
  if (!(await dueFiles(folder, now)).length) return;
  using lock = await files.tryLock(`${folder}/lock`, FILE_MODE);
  if (!lock) return;
  // Another process may just have done it.
  const errors: unknown[] = [];
  for (const { path, isOld } of await dueFiles(folder, now)) {
    try {
      if (isOld) await files.remove(path);
      else await sumUp(path, now);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** A file to replace or remove. */
interface DueFile {
  path: string;
  /** Whether to remove it. */
  isOld: boolean;
}

/** A file that was written to after its day had ended is a replaced one. */
async function dueFiles(folder: string, now: number): Promise<DueFile[]> {
  const due: DueFile[] = [];
  for (const name of await runtime.files.list(folder)) {
    const path = `${folder}/${name}`;
    if (replacedBy(name) !== undefined) { // left by a killed process
      due.push({ path, isOld: true });
      continue;
    }
    const day = dayOf(name);
    if (day === undefined) continue;
    const isOld = day + (KEPT_DAYS + 1) * DAY_MS <= now;
    const ended = day + DAY_MS + GRACE_MS;
    if (!isOld && ended > now) continue;
    const info = await runtime.files.info(path);
    if (info?.kind !== "file") continue;
    if (isOld || info.mtimeMs < ended) due.push({ path, isOld });
  }
  return due;
}

async function sumUp(path: string, now: number): Promise<void> {
  const tally = new UsageTally({
    readingPeriodMs: READING_PERIOD_MS,
    mostEntries: Infinity,
  });
  await addFile(tally, path);
  const lines = [...usageLines(tally.history()), ...tally.moves.map(moveLine)];
  const text = lines.map((it) => `${it}\n`).join("");
  await writeAtomic(path, new TextEncoder().encode(text));
  await runtime.files.setModified(path, now);
}
