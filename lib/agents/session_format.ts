import type { ApiError } from "../verdict/api_error.ts";
import type { UsageReader } from "./logged_usage.ts";
import type { SessionEvent } from "./session_event.ts";

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
  /**
   * Whether an error means that an account cannot read what another account has
   * written in a session. @default no error does
   */
  isForeignHistory?(error: Pick<ApiError, "code" | "message">): boolean;
  /** The end of the name of each log; the id of the session is before it. */
  logEnding: string;
  /**
   * The end of the name of a note with the process of a session; `undefined` if
   * there is none.
   */
  noteEnding: string | undefined;
  /** Parses a line of a log; `undefined` if it is incomplete or irrelevant. */
  parseLine(line: string): SessionEvent | undefined;
  /**
   * Returns a reader of what the lines of one log say about requests, also of
   * those that the agent makes for itself. @default they say nothing
   */
  usageReader?(): UsageReader;
  /**
   * Where the answers of subagents are. @default in the log of the session, if
   * there are subagents
   */
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
