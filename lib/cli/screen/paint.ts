import { bold, green, red } from "@std/fmt/colors";
import { runtime } from "../../system/mod.ts";

/** Functions that color text, or return it unchanged. */
export interface Paint {
  /** For headings. */
  bold: (text: string) => string;
  /** For the active account. */
  green: (text: string) => string;
  /** For errors. */
  red: (text: string) => string;
}

const PLAIN: Paint = { bold: same, green: same, red: same };

/**
 * Returns the colors for `stream`: only on a terminal, and never with NO_COLOR.
 */
export function paintFor(stream: "stdout" | "stderr"): Paint {
  const { host } = runtime;
  const mayColor = !host.variable("NO_COLOR") &&
    host.variable("TERM") !== "dumb" && host.isTerminal(stream);
  return mayColor ? { bold, green, red } : PLAIN;
}

function same(text: string): string {
  return text;
}
