import type { Agent } from "../agents/agent.ts";
import {
  addTokens,
  type Conditions,
  type SessionEvent,
  type SessionFormat,
  type Tokens,
} from "../agents/session_format.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import type { ApiError } from "../verdict/api_error.ts";
import type { UsageLimit } from "../verdict/signal.ts";
import { SessionLogs } from "./session_logs.ts";

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
    const { size } = await runtime.files.info(path) ?? {};
    const log = new SessionLog(parseLine, () => Promise.resolve(path), size);
    return { ...none, log, id };
  }
  const { now } = system;
  const logs = new SessionLogs(sessions, { dir, cwd: options.cwd, now });
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
  /** Whether the model has answered in this run. */
  hasAnswered = false;
  /** The limits of the account, as last reported; `undefined` if unknown. */
  limits: readonly UsageLimit[] | undefined;
  /** How often the model has answered or called a tool. */
  answers = 0;
  /** The conditions of the first turn; `undefined` if unknown. */
  conditions: Conditions | undefined;
  /** Called with each complete line. @default not called */
  onLine: (line: string) => void = nothing;
  readonly #parseLine: SessionFormat["parseLine"];
  readonly #findPath: FindPath;
  readonly #decoder = new TextDecoder();
  readonly #start: number;
  #path: string | undefined;
  #offset: number;
  #rest = "";

  /**
   * Creates a log with lines that `parseLine` parses. `findPath` finds its file
   * once the agent has created it. In the log of a resumed session, the run
   * begins at byte `start`.
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

  /** The path of its file; `undefined` until there is one. */
  get path(): string | undefined {
    return this.#path;
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
      const text = this.#decoder.decode(part, { stream: true });
      // Only what is new is searched: a line may be as long as the file.
      const [first = "", ...others] = text.split("\n");
      const lines = [this.#rest + first, ...others];
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        this.#take(this.#parseLine(line));
        this.onLine(line);
      }
      if (part.length < PART) return;
    }
  }

  #take(event: SessionEvent | undefined): void {
    if (event?.kind === "answer" || event?.kind === "tool") {
      this.answers++;
    }
    if (event?.kind === "turn") this.conditions ??= event.conditions;
    if (event?.kind === "error") this.errors.push(event.error);
    if (event?.kind === "answer") {
      this.hasAnswered = true;
      this.errors = [];
      this.tokens = addTokens(this.tokens, event.tokens);
      if (event.tool !== undefined) this.tools.push(event.tool);
    }
    if (event?.kind === "tool") this.tools.push(event.name);
    if (event?.kind === "limits") this.limits = event.limits;
  }
}
