import { QUOTA_LINE, sessionLine } from "./session_lines.ts";

/** The content of the log of a fake session. */
export interface SessionScriptOptions {
  /** The tools that were run. @default none */
  tools?: readonly string[];
  /** The last line. @default that the account is out of quota */
  line?: string;
  /** The name of the file. @default a new one */
  file?: string;
}

/**
 * Returns a script of sh(1) that appends to the log of a session in which the
 * account runs out of quota, as `qwen` does for sessions in its folder.
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

/** The rest of a script that prints nothing more and ignores SIGTERM. */
export const STAYS_SILENT = `
  trap '' TERM
  for _ in 1 2 3; do sleep 20; done`;
