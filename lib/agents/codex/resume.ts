import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { parseCommandLine } from "./command_line.ts";

/** Options of the first prompt only, or that choose a session. */
const NOT_AGAIN = new Set(["--all", "--image", "--last"]);

/** Options after which the session cannot be found, or is in another folder. */
const LOST = new Set(["--ephemeral", "--worktree"]);

/**
 * Returns the arguments that continue the session of a run with `args`, or of
 * an interactive session; `undefined` if that is impossible. All options of the
 * first run stay where they are: `resume` itself takes no sandbox and no folder,
 * and without them it continues read-only in another folder (0.171.0). A value
 * that is not a UUID counts as a name, and an unknown name begins a new session.
 */
export function resumeArgs(
  args: readonly string[],
  { id, text }: ResumeOptions,
): string[] | undefined {
  const { commands: [command, sub], options } = parseCommandLine(args);
  const isRun = command === "exec" && (sub === undefined || RESUMABLE.has(sub));
  const isSession = command === undefined || RESUMABLE.has(command);
  const isLost = options.some((it) => LOST.has(it.name));
  if (!isRun && !isSession || isLost || !isSessionId(id)) return undefined;
  const kept = options.filter((it) => !NOT_AGAIN.has(it.name));
  const at = (level: number) =>
    kept.filter((it) => it.level === level).flatMap((it) => it.args);
  const prompt = text === undefined ? [] : ["--", text];
  return isRun
    ? [...at(0), "exec", ...at(1), "resume", ...at(2), id, ...prompt]
    : [...at(0), "resume", ...at(1), id];
}

/** Commands that continue a session; the result is a session again. */
const RESUMABLE = new Set(["fork", "resume"]);
