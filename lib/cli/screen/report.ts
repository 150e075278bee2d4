import { messageOf } from "../../system/message_of.ts";
import { meaningOf } from "../exit_code.ts";
import { formatMessage, messageWidth } from "./wrap.ts";
import { paintFor } from "./paint.ts";
import { formatReadiness } from "./standing_text.ts";
import { printable, writeLine } from "./streams.ts";
import { program } from "../../program.ts";

/**
 * Writes a message to stderr, after a label that `paint` colors. On a terminal,
 * long messages wrap between words.
 */
export async function say(
  text: string,
  { label, paint = (it) => it }: {
    label?: string;
    paint?: (text: string) => string;
  } = {},
): Promise<void> {
  const start = `${program()}: `;
  const first = label === undefined ? start : `${start}${label} `;
  const lines = formatMessage(printable(text), messageWidth(), first);
  // Without the blank at its end: a narrow terminal has a line break there.
  const message = lines.join("\n").slice(first.trimEnd().length);
  const painted = label === undefined
    ? start.trimEnd()
    : `${start}${paint(label)}`;
  await writeLine("stderr", painted + message);
}

/**
 * Writes `error` and a hint, by default `usualHint`, to stderr; returns the exit
 * code.
 */
export async function reportError(
  error: unknown,
  usualHint?: string,
): Promise<number> {
  const meaning = meaningOf(error);
  const { code, notReady = [] } = meaning;
  const hint = meaning.hint ?? usualHint;
  const { red } = paintFor("stderr");
  const message = meaning.message ?? messageOf(error);
  await say(message, { label: "error:", paint: red });
  for (const line of formatReadiness(notReady, Date.now())) await say(line);
  if (hint) await say(`hint: ${hint}`);
  return code;
}
