/** Control characters that are no line break and no tab. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * Returns `text` with each control character in a form that can be seen, such
 * as `\\x1b`: names and files of others must not steer the terminal.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (it) => {
    return `\\x${it.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
