import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { isAtLeast } from "../version.ts";
import { promptArgs, read, withoutSession } from "./args.ts";

/** The oldest version whose sessions have an id that is known beforehand. */
const OLDEST = "0.12.0";

/**
 * Returns the arguments that continue the session of a run with `args`, or of an
 * interactive session, with all its other options; `undefined` if that is
 * impossible.
 */
export function resumeArgs(
  args: readonly string[],
  { id, text, version }: ResumeOptions,
): string[] | undefined {
  const { asksNothing } = read(args);
  const others = withoutSession(args);
  const isLost = asksNothing || others === undefined || !isSessionId(id) ||
    !isAtLeast(version, OLDEST);
  if (isLost) return undefined;
  const prompt = text === undefined ? [] : promptArgs(text);
  return ["--resume", id, ...others, ...prompt];
}
