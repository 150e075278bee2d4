import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { isAtLeast } from "../version.ts";
import { promptArgs, read, SESSION_OPTIONS } from "./args.ts";
import { splitArgs } from "./command_line.ts";

/**
 * The last version in which a resumed session gets another id, so that nobody
 * knows its log.
 */
const LAST_WITH_NEW_ID = "2.0.77";

/**
 * Returns the arguments that continue the session of a run with `args`, or of an
 * interactive session, with all its other options; `undefined` if that is
 * impossible.
 */
export function resumeArgs(
  args: readonly string[],
  { id, text, version }: ResumeOptions,
): string[] | undefined {
  const { options } = splitArgs(args);
  const isLost = read(args).asksNothing || !isSessionId(id) ||
    options.some((it) => it.name === "--no-session-persistence");
  if (isLost || version === undefined) return undefined;
  if (isAtLeast(LAST_WITH_NEW_ID, version)) return undefined;
  const others = options.filter(({ name }) =>
    name !== "--print" && !SESSION_OPTIONS.includes(name)
  );
  return [
    "--resume",
    id,
    ...others.flatMap((it) => it.args),
    ...(text === undefined ? [] : promptArgs(text)),
  ];
}
