/** What a call of the system was to do, by the name that Deno has for it. */
const ACTIONS: Readonly<Record<string, string>> = {
  chmod: "change the mode of",
  lstat: "read",
  mkdir: "make",
  open: "open",
  readdir: "read",
  readlink: "read",
  realpath: "read",
  remove: "remove",
  rename: "write",
  stat: "read",
  symlink: "make",
  tmpfile: "make a temporary file",
  utime: "change the time of",
  write: "write",
};

const CODE = / \(os error \d+\)/;

/** A failure of the system: the last of its paths is the one that it made. */
const FAILURE =
  /^([^:]+) \(os error \d+\)(?:: (\w+)(?: (?:'.*' -> )?'(.*)')?)?$/s;

/**
 * What the user reads of `error`. A failure of the system, such as `Permission
 * denied (os error 13): open '/x'`, reads `Cannot open "/x": permission denied`.
 */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason, call = "", path] = FAILURE.exec(message) ?? [];
  if (reason === undefined) return message.replace(CODE, "");
  const what = path === undefined
    ? ACTIONS[call] ?? "go on"
    : `${ACTIONS[call] ?? "use"} "${path}"`;
  return `Cannot ${what}: ${REASONS[reason] ?? lowerFirst(reason)}`;
}

/** Where the words of the system do not tell enough. */
const REASONS: Readonly<Record<string, string>> = {
  "Not a directory": "a part of that path is no folder",
};

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
