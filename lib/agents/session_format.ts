import type { ApiError } from "../verdict/api_error.ts";
import type { UsageLimit } from "../verdict/signal.ts";

/** Where an agent writes its sessions, and how a later run continues one. */
export interface SessionFormat {
  /** Returns the folder for the logs of sessions that start in `cwd`. */
  folder(dir: string, cwd: string): string;
  /**
   * Returns the folder below that one for the log of a session, such as
   * `2026/11/29`. @default the logs are in the folder itself
   */
  subfolder?(session: SessionStart): string;
  /**
   * Returns the arguments that give a new session an id; `undefined` if this
   * version has none, or `args` already choose a session.
   */
  idArgs(
    id: string,
    args: readonly string[],
    version: string | undefined,
  ): string[] | undefined;
  /**
   * Returns the arguments that continue the session of a run with `args`, or of
   * an interactive session, under all its conditions; `undefined` if that is
   * impossible. Only the id of a session is accepted, not its name.
   */
  resumeArgs(
    args: readonly string[],
    options: ResumeOptions,
  ): string[] | undefined;
  /** Whether this account cannot read another's session. @default it can */
  isForeignHistory?(error: Pick<ApiError, "code" | "message">): boolean;
  /** The end of the name of each log; the id of the session is before it. */
  logEnding: string;
  /** The end of the name of a note with the process of a session, if any. */
  noteEnding: string | undefined;
  /** Parses a line of a log; `undefined` if it is incomplete or irrelevant. */
  parseLine(line: string): SessionEvent | undefined;
  /**
   * Returns a reader of what one log says about requests, also of those that the
   * agent makes for itself. @default it says nothing
   */
  usageReader?(): UsageReader;
  /** Where the answers of subagents are. @default in the log of the session */
  subagents?: SubagentLogs;
}

/** The logs of subagents that are in files of their own. */
export interface SubagentLogs {
  /** Returns the folders that may have those of the session with this log. */
  folders(log: string): readonly string[];
  /** Whether a file with this name is such a log. */
  isLog(name: string): boolean;
  /** Whether a line of such a log belongs to session `id`. */
  isOf(line: string, id: string): boolean;
}

/** When a session has begun. */
export interface SessionStart {
  /** Its id, which may contain the time. @default unknown */
  id?: string | undefined;
  /** The time if the id does not contain it, epoch milliseconds. */
  at: number;
}

/** How to continue a session. */
export interface ResumeOptions {
  /** The id of the session. */
  id: string;
  /** The next prompt. @default none, for a session on a terminal */
  text?: string | undefined;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether `text` is the id of a session, and not a name or an option. */
export function isSessionId(text: string): boolean {
  return ID.test(text);
}

/** The content of a line of the session log. */
export type SessionEvent =
  | { kind: "error"; error: ApiError }
  /** The model answered, or called a tool; earlier errors no longer count. */
  | { kind: "answer"; tokens?: Tokens; tool?: string }
  /** A tool ran, which may have changed something. */
  | { kind: "tool"; name: string }
  /** A turn began, under these conditions. */
  | { kind: "turn"; conditions: Conditions }
  /** The service reported the limits of the account. */
  | { kind: "limits"; limits: readonly UsageLimit[] };

/** What an agent may do in a turn, and where: the folder, the model, and such. */
export type Conditions = Readonly<Record<string, string>>;

/** Returns the names of the conditions that differ between two turns. */
export function changedConditions(
  before: Conditions,
  after: Conditions,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((it) => before[it] !== after[it]);
}

/** The tokens that answers used, as far as the agent reports them. */
export interface Tokens {
  /** Prompt tokens, including `cached`. */
  input: number;
  /** Answer tokens. */
  output: number;
  /** Prompt tokens from the cache of the service. */
  cached: number;
  /** The total, as counted by the service. */
  total: number;
}

/** Adds up tokens; `undefined` if neither is known. */
export function addTokens(
  a: Tokens | undefined,
  b: Tokens | undefined,
): Tokens | undefined {
  if (!a || !b) return a ?? b;
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cached: a.cached + b.cached,
    total: a.total + b.total,
  };
}

/** Returns a count of tokens in a log; 0 if `value` is not a count. */
export function countOf(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(Number(value), 0) : 0;
}

/** What an agent has written about its own requests, in one line or result. */
export interface LoggedUsage {
  /** When, epoch milliseconds. @default unknown */
  at?: number | undefined;
  /** The model. @default unknown */
  model?: string | undefined;
  /** The requests that have ended. @default 0 */
  requests?: number | undefined;
  /** The tokens of their answers; `reasoning` are part of `output`. */
  tokens?: Tokens & { reasoning: number } | undefined;
  /** Why the request failed. @default it did not */
  error?: ApiError | undefined;
  /** What the service said about the windows of the login. @default nothing */
  windows?: readonly LoggedWindow[] | undefined;
}

/** A window of a plan. */
export interface LoggedWindow {
  /** Its name, such as "5h" or "week". */
  window: string;
  /** The model that it is for. @default all */
  model?: string | undefined;
  /** The used part, 0 to 100. @default unknown */
  usedPercent?: number | undefined;
  /** When it begins again, epoch milliseconds. @default unknown */
  resetsAt?: number | undefined;
}

/** Reads the lines of one log, in their order. */
export type UsageReader = (line: string) => LoggedUsage | undefined;

/** Returns the time in ISO 8601 that a line was written at. */
export function timeOf(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
