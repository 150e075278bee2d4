/**
 * Control characters, line breaks and direction marks, which could make text
 * look like something else.
 */
export const CONTROLS: RegExp =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
