import { CONTROLS } from "../../system/controls.ts";

/**
 * Returns a line of `text` with each control character in a form that can be
 * seen, such as `\\x1b`: names and files of others must neither steer the
 * terminal nor begin a line that looks like one of ours.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (it) => {
    const code = it.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
