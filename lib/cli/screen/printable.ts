import { CONTROLS } from "../../system/controls.ts";

/**
 * Returns `text` as one line with visible control characters, such as `\\x1b`:
 * foreign names and files must neither control the terminal nor start a line
 * that looks like our own.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (it) => {
    const code = it.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
