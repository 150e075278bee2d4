import { meaningOf } from "./exit_code.ts";
import { paintFor } from "./paint.ts";
import { writeLine } from "./streams.ts";

/** Writes a line of ours to stderr. */
export async function say(text: string): Promise<void> {
  await writeLine("stderr", `account-qwen: ${text}`);
}

/** Writes `error` and what to do about it to stderr; returns the exit code. */
export async function reportError(error: unknown): Promise<number> {
  const message = error instanceof Error ? error.message : String(error);
  const { code, hint } = meaningOf(error);
  await say(`${paintFor("stderr").red("error:")} ${message}`);
  if (hint) await say(`hint: ${hint}`);
  return code;
}
