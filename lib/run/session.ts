import type { Agent } from "../agents/agent.ts";
import type { SessionFormat, SessionStart } from "../agents/session_format.ts";
import { namesIn } from "../disk/files.ts";
import { type FileInfo, runtime, unlessRefused } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import { SessionLog } from "./session_log.ts";

/** How a session is started. */
interface SessionOptions {
  agent: Agent;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  args: readonly string[];
  /** The home of the agent, where it keeps its logs. */
  dir: string;
  /** The folder that the agent works in. @default that of this process */
  cwd?: string | undefined;
  /** The session of an earlier run that `args` resume. @default none */
  resumes?: { id: string; log: string } | undefined;
  /** The clock. @default realSystem */
  system?: Pick<System, "now">;
}

/** A session of the agent that is about to begin. */
export interface Session {
  /** The agent's arguments, with a session id if it accepts one. */
  args: readonly string[];
  /** The log that the agent will write. */
  log: SessionLog;
  /** The id of the session; `undefined` if it is not certain. */
  readonly id: string | undefined;
  /** Whether `args` themselves give a new session its id. */
  hasOwnId: boolean;
  /** Takes the id that the agent gives its session. */
  onId(id: string): void;
}

/**
 * Finds out where the agent will write the log of its next session: under our
 * own id if the version accepts one, at the end of the log of a resumed
 * session, under the id that the agent names, or else in a new file. If there
 * are several new files, other runs are active, and no log is used.
 */
export async function prepareSession(
  options: SessionOptions,
): Promise<Session> {
  const { agent, version, args, dir, resumes, system = realSystem } = options;
  const { sessions } = agent;
  const parseLine = sessions?.parseLine ?? nothing;
  const none = { args, hasOwnId: false, onId: nothing };
  if (!sessions) {
    const log = new SessionLog(parseLine, () => Promise.resolve(undefined));
    return { ...none, log, id: undefined };
  }
  if (resumes) {
    const { id, log: path } = resumes;
    const { size } = await infoOf(path) ?? {};
    const log = new SessionLog(parseLine, () => Promise.resolve(path), size);
    return { ...none, log, id };
  }
  const { now } = system;
  const logs = logsOf(sessions, { dir, cwd: options.cwd, now });
  const given = crypto.randomUUID();
  const idArgs = sessions.idArgs(given, args, version);
  if (idArgs) {
    const log = new SessionLog(parseLine, () => logs.find(given));
    return { ...none, args: [...idArgs, ...args], log, id: given };
  }
  const { session } = agent.read(args);
  const asked = typeof session === "object" ? session.id : undefined;
  const resumed = session && await logs.findResumed(asked);
  if (resumed) {
    const { path, size } = resumed;
    const log = new SessionLog(parseLine, () => Promise.resolve(path), size);
    return { ...none, log, id: asked };
  }
  const before = new Set(await logs.names());
  let told: string | undefined;
  const log = new SessionLog(parseLine, async () => {
    const isNew = (it: string) => !before.has(it);
    const id = told ?? asked;
    const named = id && await logs.find(id, isNew);
    // Where all folders share their logs, another new one may be of any run.
    return named || sessions.subfolder ? named : await logs.findOnly(isNew);
  });
  return {
    ...none,
    log,
    get id() {
      const id = told ?? asked;
      return id && log.path && logs.isOf(id, log.path) ? id : undefined;
    },
    hasOwnId: asked !== undefined,
    onId: (id) => told ??= id,
  };
}

function nothing(): undefined {}

/** Describes a log; one that cannot be read counts as missing. */
async function infoOf(path: string): Promise<FileInfo | undefined> {
  return await runtime.files.info(path).catch(unlessRefused);
}

/** Returns the folder with the logs of the sessions that begin at `start`. */
export function folderOf(
  sessions: SessionFormat,
  { dir, cwd = runtime.host.cwd() }: { dir: string; cwd?: string | undefined },
  start: SessionStart,
): string {
  const root = sessions.folder(dir, cwd);
  return sessions.subfolder ? `${root}/${sessions.subfolder(start)}` : root;
}

/** Returns what finds the logs of the sessions that begin now, in `cwd`. */
function logsOf(
  sessions: SessionFormat,
  { now, ...place }: {
    dir: string;
    cwd: string | undefined;
    now: () => number;
  },
) {
  const { logEnding, subfolder } = sessions;
  const startedAt = now();
  const folder = (start: SessionStart) => folderOf(sessions, place, start);

  /** Whether the log with this name or path is that of session `id`. */
  function isOf(id: string, path: string): boolean {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const end = `${id}${logEnding}`;
    return name === end || name.endsWith(`-${end}`);
  }

  /** Finds the only log of a new session whose name is allowed. */
  async function findOnly(
    isAllowed: (name: string) => boolean,
  ): Promise<string | undefined> {
    const folders = [startedAt, now()].map((at) => folder({ at }));
    const paths: string[] = [];
    for (const folder of new Set(folders)) {
      const names = (await namesIn(folder))
        .filter((it) => it.endsWith(logEnding) && isAllowed(it));
      paths.push(...names.map((it) => `${folder}/${it}`));
    }
    return paths.length === 1 ? paths[0] : undefined;
  }

  return {
    isOf,
    findOnly,
    /** Returns the names of the logs of new sessions. */
    names: () => namesIn(folder({ at: startedAt })),
    /** Finds the log of the new session `id`; its name must be allowed. */
    find: (id: string, isAllowed = (_name: string) => true) =>
      findOnly((it) => isOf(id, it) && isAllowed(it)),
    /** Returns the log of session `id`, or else of the newest session. */
    async findResumed(id: string | undefined) {
      // The newest one may be that of another folder.
      if (id === undefined && subfolder) return undefined;
      const place = folder({ id, at: startedAt });
      const logs = (await namesIn(place)).filter((it) =>
        id === undefined ? it.endsWith(logEnding) : isOf(id, it)
      );
      const found = await Promise.all(logs.map(async (name) => {
        const path = `${place}/${name}`;
        const { size = 0, mtimeMs = 0 } = await infoOf(path) ?? {};
        return { path, size, mtimeMs };
      }));
      return found.toSorted((a, b) => b.mtimeMs - a.mtimeMs)[0];
    },
  };
}
