import { writeAtomic } from "../disk/atomic_write.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { replacedBy } from "../disk/names.ts";
import { runtime } from "../system/mod.ts";
import { addFile, DAY_MS, dayOf } from "./usage_files.ts";
import { moveLine, usageLines } from "./usage_lines.ts";
import { UsageTally } from "./usage_tally.ts";

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
