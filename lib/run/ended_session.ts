import type { Agent } from "../agents/agent.ts";
import { runtime } from "../system/mod.ts";

/** Which session to look for. */
export interface EndedSessionOptions {
  /** The agent. */
  agent: Pick<Agent, "sessions">;
  /** The folder of the accounts, where the agent also keeps its sessions. */
  dir: string;
  /** When the session began, epoch milliseconds. */
  startedAt: number;
}

/** On Linux, a file's time may be a few milliseconds before the clock's. */
const CLOCK_TICK_MS = 50;

/** A note has a few hundred bytes. */
const MAX_NOTE_BYTES = 64 * 1024;

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds the session that has just ended on our terminal, and that the agent has
 * named there: the session whose log was changed. Some agents also note the
 * process of each session, which distinguishes it from sessions in other
 * terminals and from one that the user has left for another. Returns
 * `undefined` if there are several candidates.
 */
export async function findEndedSession(
  { agent: { sessions }, dir, startedAt }: EndedSessionOptions,
): Promise<string | undefined> {
  if (!sessions) return undefined;
  const { files } = runtime;
  const { logEnding, noteEnding } = sessions;
  const folder = sessions.folder(dir, runtime.host.cwd());
  const changed: string[] = [];
  for (const name of await files.list(folder)) {
    const { size = 0, mtimeMs = 0 } = await files.info(`${folder}/${name}`) ??
      {};
    const isNew = mtimeMs >= startedAt - CLOCK_TICK_MS;
    if (size > 0 && isNew) changed.push(name);
  }
  const notes = changed.filter((it) => noteEnding && it.endsWith(noteEnding));
  if (noteEnding === undefined || notes.length === 0) {
    const logs = changed.filter((it) => it.endsWith(logEnding));
    return onlyOne(logs, logEnding);
  }
  const ended: string[] = [];
  for (const name of notes) {
    if (await hasEnded(`${folder}/${name}`)) ended.push(name);
  }
  const id = onlyOne(ended, noteEnding);
  const log = id && await files.info(`${folder}/${id}${logEnding}`);
  return log && log.size > 0 ? id : undefined;
}

function onlyOne(names: readonly string[], ending: string): string | undefined {
  const [name = "", another] = names;
  const id = name.slice(0, -ending.length);
  return another === undefined && SESSION_ID.test(id) ? id : undefined;
}

/** Whether the process named in the note at `path` is gone. */
async function hasEnded(path: string): Promise<boolean> {
  const bytes = await runtime.files.readPart(path, 0, MAX_NOTE_BYTES);
  try {
    const { pid } = JSON.parse(new TextDecoder().decode(bytes));
    return Number.isSafeInteger(pid) && pid > 0 &&
      runtime.host.identify(pid) === undefined;
  } catch {
    return false;
  }
}
