import { runtime } from "../system/mod.ts";
import type { AuditEvent } from "./audit_log.ts";
import type { Layout } from "./layout.ts";

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
  return { events: lines.flatMap(parseEvent), isCut: offset > 0 };
}

function parseEvent(line: string): AuditEvent[] {
  try {
    const { timestamp, level, event, from, to, reason } = JSON.parse(line);
    const isEvent = [timestamp, level, event].every((it) =>
      typeof it === "string"
    );
    if (!isEvent || Number.isNaN(Date.parse(timestamp))) return [];
    return [{
      timestamp,
      level,
      event,
      from: Number.isSafeInteger(from) ? from : null,
      to: Number.isSafeInteger(to) ? to : null,
      reason: typeof reason === "string" ? reason : "",
    }];
  } catch {
    return []; // cut short, or written by somebody else
  }
}
