import { unsafeFile } from "../common_errors.ts";
import { type FileInfo, runtime } from "../system/mod.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { KIND_NAMES } from "./permissions.ts";

/** A line of `rotation.log`. Never holds a secret. */
export interface AuditEvent {
  /** UTC, ISO 8601. */
  timestamp: string;
  /** The severity. */
  level: "info" | "warn" | "error";
  /** What happened, such as `account_switch`. */
  event: string;
  /** The account before the event. */
  from: number | null;
  /** The account after the event. */
  to: number | null;
  /** Why it happened. */
  reason: string;
}

/** The size at which a new log is started, bytes. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;

/** How many full logs are kept, as `rotation.log.1` (newest) and so on. */
export const KEPT_LOGS = 3;

/**
 * Appends `event` to the log as one line, which is written whole or not at all.
 * Starts a new log first if this one is full. The caller holds the lock.
 *
 * @throws {FileError} If the log is not a file.
 */
export async function appendEvent(
  layout: Layout,
  event: AuditEvent,
  { maxBytes = MAX_LOG_BYTES }: { maxBytes?: number } = {},
): Promise<void> {
  const info = await logInfo(layout.log);
  if (info && info.size >= maxBytes) await shiftLogs(layout.log);
  await runtime.files.appendLine(layout.log, formatEvent(event), FILE_MODE);
}

/**
 * Looks at a log. Refuses all but files: a pipe may block, a link may point
 * anywhere.
 *
 * @throws {FileError} If it is not a file.
 */
export async function logInfo(path: string): Promise<FileInfo | undefined> {
  const info = await runtime.files.info(path);
  if (!info || info.kind === "file") return info;
  throw unsafeFile(path, `is a ${KIND_NAMES[info.kind]}, not a file`);
}

/** Returns `event` as JSON; also escapes control characters that JSON allows. */
function formatEvent(event: AuditEvent): string {
  return JSON.stringify(event).replace(/[\x7f-\x9f]/g, (it) => {
    return `\\u00${it.charCodeAt(0).toString(16)}`;
  });
}

async function shiftLogs(log: string): Promise<void> {
  for (let number = KEPT_LOGS; number > 1; number--) {
    const younger = `${log}.${number - 1}`;
    if (await runtime.files.info(younger)) {
      await runtime.files.rename(younger, `${log}.${number}`);
    }
  }
  await runtime.files.rename(log, `${log}.1`);
}
