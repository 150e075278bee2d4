import type { Agent, Intent } from "../agents/agent.ts";
import type { SessionFormat } from "../agents/formats.ts";
import { errorCode, runtime } from "../system/mod.ts";
import type { ApiError } from "../verdict/api_error.ts";
import {
  addTokens,
  type SessionEvent,
  type Tokens,
} from "../agents/session_event.ts";

/** How a session is started. */
export interface SessionOptions {
  /** The agent. */
  agent: Agent;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** The agent's arguments. */
  args: readonly string[];
  /** The folder of the accounts, where the agent also keeps its logs. */
  dir: string;
}

/** A session of the agent that is about to begin. */
export interface Session {
  /** The agent's arguments, with a session id if it accepts one. */
  args: readonly string[];
  /** The log that the agent will write. */
  log: SessionLog;
}

/**
 * Finds out where the agent will write the log of its next session: under our
 * own id if the version accepts one, at the end of the log of a resumed
 * session, or else in a new file. If there are several new files, other runs
 * are active, and no log is used.
 */
export async function prepareSession(
  options: SessionOptions,
): Promise<Session> {
  const { agent, version, args, dir } = options;
  const { sessions } = agent;
  const logOf = (find: FindPath, start?: number) =>
    new SessionLog(sessions?.parseLine ?? nothing, find, start);
  if (!sessions) return { args, log: logOf(() => Promise.resolve(undefined)) };
  const folder = sessions.folder(dir, runtime.host.cwd());
  const id = crypto.randomUUID();
  const idArgs = sessions.idArgs(id, args, version);
  if (idArgs) {
    const path = `${folder}/${id}${sessions.logEnding}`;
    const find = async () => await runtime.files.info(path) && path;
    return { args: [...idArgs, ...args], log: logOf(find) };
  }
  const names = await runtime.files.list(folder);
  const resumed = await findResumed(folder, names, {
    session: agent.read(args).session,
    ending: sessions.logEnding,
  });
  if (resumed) {
    const { path, size } = resumed;
    return { args, log: logOf(() => Promise.resolve(path), size) };
  }
  const before = new Set(names);
  const log = logOf(async () => {
    const names = await runtime.files.list(folder);
    const [name, another] = names.filter((it) => !before.has(it));
    return name && !another ? `${folder}/${name}` : undefined;
  });
  return { args, log };
}

function nothing(): undefined {}

/** Returns the current log of the session to resume, if there is one. */
async function findResumed(
  folder: string,
  names: readonly string[],
  { session, ending }: { session: Intent["session"]; ending: string },
): Promise<{ path: string; size: number } | undefined> {
  if (session === undefined) return undefined;
  const id = session === "newest" ? undefined : session.id;
  const logs = names.filter((it) =>
    id === undefined ? it.endsWith(ending) : it === `${id}${ending}`
  );
  const found = await Promise.all(logs.map(async (name) => {
    const path = `${folder}/${name}`;
    const { size = 0, mtimeMs = 0 } = await runtime.files.info(path) ?? {};
    return { path, size, mtimeMs };
  }));
  return found.toSorted((a, b) => b.mtimeMs - a.mtimeMs)[0];
}

/** Returns the path of a log; `undefined` if it does not exist yet. */
type FindPath = () => Promise<string | undefined>;

/** The size of each read, bytes. */
const PART = 256 * 1024;

/**
 * Follows the log that the agent writes for a session. It is the first to name
 * an error, about 3 s after the request and long before the agent gives up.
 */
export class SessionLog {
  /** The errors since the last answer of the model. */
  errors: ApiError[] = [];
  /** The tokens that the answers used; `undefined` before the first one. */
  tokens: Tokens | undefined;
  /** The tools that were run. */
  readonly tools: string[] = [];
  readonly #parseLine: SessionFormat["parseLine"];
  readonly #findPath: FindPath;
  readonly #decoder = new TextDecoder();
  readonly #start: number;
  #path: string | undefined;
  #offset: number;
  #rest = "";

  /**
   * Creates a log with lines that `parseLine` parses. `findPath` finds its file once the agent has created it. In
   * the log of a resumed session, the run begins at byte `start`.
   */
  constructor(
    parseLine: SessionFormat["parseLine"],
    findPath: FindPath,
    start = 0,
  ) {
    this.#parseLine = parseLine;
    this.#findPath = findPath;
    this.#start = start;
    this.#offset = start;
  }

  /** Whether the agent has written anything in this run. */
  get hasBegun(): boolean {
    return this.#offset > this.#start;
  }

  /** Reads what is new. A log that cannot be read counts as empty. */
  async read(): Promise<void> {
    try {
      this.#path ??= await this.#findPath();
      if (this.#path !== undefined) await this.#readFrom(this.#path);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
  }

  async #readFrom(path: string): Promise<void> {
    while (true) {
      const part = await runtime.files.readPart(path, this.#offset, PART);
      this.#offset += part.length;
      const text = this.#rest + this.#decoder.decode(part, { stream: true });
      const lines = text.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#take(this.#parseLine(line));
      if (part.length < PART) return;
    }
  }

  #take(event: SessionEvent | undefined): void {
    if (event?.kind === "error") this.errors.push(event.error);
    if (event?.kind === "answer") {
      this.errors = [];
      this.tokens = addTokens(this.tokens, event.tokens);
    }
    if (event?.kind === "tool") this.tools.push(event.name);
  }
}
