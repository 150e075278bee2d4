import { messageOf } from "../runtime/message_of.ts";
import { meaningOf } from "./exit_code.ts";
import { paintFor } from "./paint.ts";
import { printable } from "./printable.ts";
import { formatReadiness } from "./readiness.ts";
import { writeLine } from "./streams.ts";
import { UsageError } from "./usage_error.ts";
import { usageHint } from "./usage_hint.ts";
import { program } from "../program.ts";

/** Writes a line of ours to stderr, after a label that is coloured. */
export async function say(text: string, label = ""): Promise<void> {
  await writeLine("stderr", `${program()}: ${label}${printable(text)}`);
}

/**
 * Writes `error` and what to do about it to stderr; returns the exit code. Of a
 * mistake in the command line `argv` an example of the command is shown.
 */
export async function reportError(
  error: unknown,
  argv: readonly string[] = [],
): Promise<number> {
  const meaning = meaningOf(error);
  const { code, notReady = [] } = meaning;
  const hint = meaning.hint ??
    (error instanceof UsageError
      ? await usageHint(error.command, argv)
      : undefined);
  await say(messageOf(error), `${paintFor("stderr").red("error:")} `);
  for (const line of formatReadiness(notReady, Date.now())) await say(line);
  if (hint) await say(`hint: ${hint}`);
  return code;
}
