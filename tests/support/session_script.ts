import { QUOTA_LINE, sessionLine } from "./session_lines.ts";

/** What the log of a fake session tells. */
export interface SessionScriptOptions {
  /** The tools that were run. @default none */
  tools?: readonly string[];
  /** What the last line tells. @default that the account is out of quota */
  line?: string;
  /** The name of the file. @default a new one */
  file?: string;
}

/**
 * Returns a script of sh(1) that adds to the log of a session in which the
 * account is out of quota, as `qwen` does of sessions begun in its folder.
 */
export function writesQuotaLog(
  { tools = [], line = QUOTA_LINE, file = "$$.jsonl" }: SessionScriptOptions =
    {},
): string {
  const lines = [
    ...tools.map((it) => sessionLine("tool_call", { function_name: it })),
    line,
  ];
  return `
    chats="$HOME/.qwen/projects/$(pwd | sed 's/[^A-Za-z0-9]/-/g')/chats"
    mkdir -p "$chats"
    printf '%s\\n' ${lines.map((it) => `'${it}'`).join(" ")} >>"$chats/${file}"
  `;
}

/** The rest of a script that says nothing more and ignores SIGTERM. */
export const GOES_ON_IN_SILENCE = `
  trap '' TERM
  for _ in 1 2 3; do sleep 20; done`;
