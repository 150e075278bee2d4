/**
 * Control characters, line breaks, and what turns the direction of writing, by
 * which text could be made to look like another one.
 */
export const CONTROLS: RegExp =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

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
