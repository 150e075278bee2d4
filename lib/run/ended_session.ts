import { shellWord } from "../accounts/fix_of.ts";
import type { Agent } from "../agents/agent.ts";
import { isSessionId, type SessionFormat } from "../agents/session_format.ts";
import { namesIn } from "../disk/files.ts";
import { parseRecord } from "../json.ts";
import { runtime, unlessRefused } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import type { Verdict } from "../verdict/classify.ts";
import { policyOf } from "../verdict/policy.ts";
import type { Service } from "../verdict/service.ts";
import type { VerdictRule } from "../verdict/user_rules.ts";
import type { OwnCount } from "./own_count.ts";
import { folderOf } from "./session.ts";
import { SessionLog } from "./session_log.ts";

/** Which session to look for. */
interface EndedSessionOptions {
  agent: Pick<Agent, "read" | "sessions">;
  args: readonly string[];
  /** The home of the agent, where it keeps its sessions. */
  dir: string;
  /** When the session began, epoch milliseconds. */
  startedAt: number;
}

/** On Linux, a file's time may be a few milliseconds before the clock's. */
const CLOCK_TICK_MS = 50;

/** A note has a few hundred bytes. */
const MAX_NOTE_BYTES = 64 * 1024;

/** A file that is larger is not the log of a subagent. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/** The length of the id of a session. */
const ID_LENGTH = 36;

/** A session that has ended. */
export interface EndedSession {
  id: string;
  log: string;
}

/**
 * Finds the session that has just ended on our terminal, and that the agent has
 * named there: the session whose log was changed. Some agents also note the
 * process of each session, which distinguishes it from sessions in other
 * terminals and from one that the user has left for another. Returns
 * `undefined` if there are several candidates, or their folder cannot be read.
 */
export async function findEndedSession(
  options: EndedSessionOptions,
): Promise<EndedSession | undefined> {
  return await findSession(options).catch(unlessRefused);
}

async function findSession(
  options: EndedSessionOptions,
): Promise<EndedSession | undefined> {
  const { sessions } = options.agent;
  if (!sessions) return undefined;
  const { logEnding, noteEnding } = sessions;
  const changed = await changedFiles(sessions, options);
  const logs = changed.filter((it) => it.endsWith(logEnding));
  const notes = changed.filter((it) => noteEnding && it.endsWith(noteEnding));
  if (noteEnding === undefined || notes.length === 0) {
    return onlyOne(logs, logEnding);
  }
  const ended: string[] = [];
  for (const note of notes) if (await hasEnded(note)) ended.push(note);
  const found = onlyOne(ended, noteEnding);
  if (!found) return undefined;
  const log = `${found.log.slice(0, -noteEnding.length)}${logEnding}`;
  const info = await runtime.files.info(log);
  return info && info.size > 0 ? { ...found, log } : undefined;
}

/** Returns the paths of the files that sessions have changed meanwhile. */
async function changedFiles(
  sessions: SessionFormat,
  { agent, args, dir, startedAt }: EndedSessionOptions,
): Promise<string[]> {
  const { files } = runtime;
  const { session } = agent.read(args);
  const id = typeof session === "object" ? session.id : undefined;
  const starts = [{ at: startedAt }, { at: Date.now() }, { id, at: startedAt }];
  const folders = starts.map((it) => folderOf(sessions, { dir }, it));
  const changed: string[] = [];
  for (const folder of new Set(folders)) {
    for (const name of await files.list(folder)) {
      const path = `${folder}/${name}`;
      const { size = 0, mtimeMs = 0 } = await files.info(path) ?? {};
      const isNew = mtimeMs >= startedAt - CLOCK_TICK_MS;
      if (size > 0 && isNew) changed.push(path);
    }
  }
  return changed;
}

/** Returns the session of the only file in `paths`, which is its log. */
function onlyOne(
  paths: readonly string[],
  ending: string,
): EndedSession | undefined {
  const [log = "", another] = paths;
  const name = log.slice(log.lastIndexOf("/") + 1, -ending.length);
  const id = name.slice(-ID_LENGTH);
  const isOne = another === undefined && isSessionId(id);
  return isOne ? { id, log } : undefined;
}

/** Whether the process named in the note at `path` is gone. */
async function hasEnded(path: string): Promise<boolean> {
  const bytes = await runtime.files.readPart(path, 0, MAX_NOTE_BYTES);
  const { pid } = parseRecord(new TextDecoder().decode(bytes));
  return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0 &&
    runtime.host.identify(pid) === undefined;
}

/**
 * Returns the limit at which a session has ended; `undefined` if the last thing
 * in its log is not that the account is out of quota.
 */
export async function limitIn(
  { log: path }: EndedSession,
  { agent, system, ...options }: {
    agent: Pick<Agent, "output" | "sessions">;
    system: Pick<System, "now">;
    service?: Service | undefined;
    host?: string | undefined;
    quotaPatterns: readonly string[] | undefined;
    rules?: readonly VerdictRule[] | undefined;
  },
): Promise<Verdict | undefined> {
  const { parseLine } = agent.sessions ?? {};
  if (!parseLine) return undefined;
  const log = new SessionLog(parseLine, () => Promise.resolve(path));
  await log.read();
  if (log.errors.length === 0) return undefined;
  const verdict = agent.output.classify({
    exitCode: 1,
    timedOut: false,
    stdout: "",
    stderr: "",
    sessionErrors: log.errors,
    limits: log.limits,
  }, { ...options, now: system.now() });
  return policyOf(verdict).limit === "long" ? verdict : undefined;
}

/** What to count, and where. */
interface CountOptions {
  agent: Pick<Agent, "sessions">;
  /** Counts the requests. */
  count: OwnCount;
}

/** Counts the requests of a run in the logs of its session. */
export async function countSession(
  session: EndedSession,
  options: CountOptions,
): Promise<void> {
  await countLog(session.log, options);
  await countSubagents(session, options);
}

/**
 * Counts the requests of the subagents of a run, if they are in logs of their
 * own, and if its session is known. The tools of a run can write to these
 * folders: a pipe would block us, and a link may lead to a log that counts
 * already.
 */
export async function countSubagents(
  { id, log }: { id: string | undefined; log: string | undefined },
  options: CountOptions,
): Promise<void> {
  const { agent, count: { startedAt } } = options;
  const { subagents } = agent.sessions ?? {};
  if (!subagents || id === undefined || log === undefined) return;
  for (const folder of subagents.folders(log)) {
    for (const name of (await namesIn(folder)).filter(subagents.isLog)) {
      const path = `${folder}/${name}`;
      const info = await runtime.files.info(path).catch(unlessRefused);
      const isLog = info?.kind === "file" && info.size <= MAX_LOG_BYTES;
      if (!isLog || info.mtimeMs < startedAt - CLOCK_TICK_MS) continue;
      await countLog(path, options, (line) => subagents.isOf(line, id));
    }
  }
}

/** Counts the requests of a run in the lines of a log. */
async function countLog(
  path: string,
  { agent: { sessions }, count }: CountOptions,
  isOfSession: (line: string) => boolean = () => true,
): Promise<void> {
  const usageIn = sessions?.usageReader?.();
  if (!sessions || !usageIn) return;
  const log = new SessionLog(sessions.parseLine, () => Promise.resolve(path));
  log.onLine = (line) => {
    const usage = isOfSession(line) ? usageIn(line) : undefined;
    // A log that was continued has earlier lines.
    if (usage?.at !== undefined && usage.at >= count.startedAt) {
      count.logged(usage);
    }
  };
  await log.read();
}

/**
 * Returns the agent's arguments that resume a session as it was, as words for a
 * shell; `undefined` if it has no such arguments.
 */
export function resumeWords(
  { sessions, product }: Pick<Agent, "product" | "sessions">,
  { id }: EndedSession,
  args: readonly string[],
): string | undefined {
  const goOn = { id, version: product.tried.newest };
  const words = sessions?.resumeArgs(args, goOn) ??
    sessions?.resumeArgs([], goOn);
  return words?.map(shellWord).join(" ");
}
