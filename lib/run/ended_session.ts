import type { Provider } from "../providers/provider.ts";
import { runtime } from "../system/mod.ts";

/** Which session to look for. */
export interface EndedSessionOptions {
  /** The agent. */
  provider: Provider;
  /** The folder of the accounts, where the agent also keeps its sessions. */
  dir: string;
  /** When the session began, epoch milliseconds. */
  startedAt: number;
}

/** On Linux, a file's time may be a few milliseconds before the clock's. */
const CLOCK_TICK_MS = 50;

/** A note has a few hundred bytes. */
const MAX_NOTE_BYTES = 64 * 1024;

const NOTE = ".runtime.json";

const LOG = ".jsonl";

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finds the session that has just ended on our terminal, and that the agent has
 * named there (`qwen --resume ID`, 0.5.2 to 0.24.4): the session whose log was
 * changed. 0.24.4 also notes the process of each session, which distinguishes
 * it from sessions in other terminals and from one that `/clear` has ended.
 * Returns `undefined` if there are several candidates.
 */
export async function findEndedSession(
  { provider, dir, startedAt }: EndedSessionOptions,
): Promise<string | undefined> {
  const { files } = runtime;
  const folder = provider.sessionFolder(dir, runtime.host.cwd());
  const changed: string[] = [];
  for (const name of await files.list(folder)) {
    const { size = 0, mtimeMs = 0 } = await files.info(`${folder}/${name}`) ??
      {};
    const isNew = mtimeMs >= startedAt - CLOCK_TICK_MS;
    if (size > 0 && isNew) changed.push(name);
  }
  const notes = changed.filter((it) => it.endsWith(NOTE));
  if (notes.length === 0) {
    return onlyOne(changed.filter((it) => it.endsWith(LOG)), LOG);
  }
  const ended: string[] = [];
  for (const name of notes) {
    if (await hasEnded(`${folder}/${name}`)) ended.push(name);
  }
  const id = onlyOne(ended, NOTE);
  const log = id && await files.info(`${folder}/${id}${LOG}`);
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
