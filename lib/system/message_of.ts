/**
 * What each system call does, in words for the user. The runtimes name the
 * calls.
 */
const ACTIONS: Readonly<Record<string, string>> = {
  chmod: "change the mode of",
  flock: "lock",
  fsync: "write",
  ftruncate: "write",
  futime: "change the time of",
  lstat: "read",
  mkdir: "make",
  open: "open",
  opendir: "read",
  posix_spawn: "start",
  readdir: "read",
  readlink: "read",
  realpath: "read",
  remove: "remove",
  rename: "write",
  rmdir: "remove",
  scandir: "read",
  stat: "read",
  symlink: "make",
  tmpfile: "make a temporary file",
  unlink: "remove",
  utime: "change the time of",
  write: "write",
};

const CODE = / \(os error \d+\)/;

/**
 * An error message of Deno. With two paths, the second is the one being
 * created.
 */
const FAILURE =
  /^([^:]+) \(os error \d+\)(?:: (\w+)(?: (?:'(.*)' -> )?'(.*)')?)?$/s;

/** An error message of Node or Bun. */
const NODE_FAILURE = /^E[A-Z0-9]+: ([^,]+), (\w+)(?: (?:'(.*)' -> )?'(.*)')?$/s;

/**
 * Returns the message to show for `error`. A system error such as `Permission
 * denied (os error 13): open '/x'` or `EACCES: permission denied, open '/x'`
 * becomes `Cannot open "/x": permission denied`.
 */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, words, call = "", from, to] = FAILURE.exec(message) ??
    NODE_FAILURE.exec(message) ?? [];
  if (words === undefined) return message.replace(CODE, "");
  const reason = REASONS[lowerFirst(words)] ?? lowerFirst(words);
  // Of the two paths, the mount point is the one that is not our temporary
  // file.
  const isFrom = reason === IN_USE && from !== undefined &&
    !TEMPORARY.test(from);
  const path = isFrom ? from : to;
  const what = path === undefined
    ? ACTIONS[call] ?? "go on"
    : `${ACTIONS[call] ?? "use"} "${path.replace(TEMPORARY, "$1")}"`;
  return `Cannot ${what}: ${reason}`;
}

/** The reason shown for a name on which something is mounted. */
const IN_USE = "it is a mount point, or in use";

/** The name of our temporary file, which contains the name the user knows. */
const TEMPORARY = /\.([^/]+)\.[0-9a-f]{16}\.tmp$/;

/** Clearer words for reasons that the system or a runtime puts badly. */
const REASONS: Readonly<Record<string, string>> = {
  "device or resource busy": IN_USE,
  "resource busy or locked": IN_USE,
  "file already exists": "file exists",
  "not a directory": "a part of that path is not a directory",
};

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/**
 * Messages about a reply that arrived but cannot be parsed. Deno 2.9.6 accepts
 * 100 header fields, Bun 1.4.5 about 250.
 */
const UNREADABLE = /head is too large|Malformed_HTTP_Response/i;

/**
 * Reasons for a failed `fetch` by the runtimes' messages, which cannot be shown
 * because they contain the URL.
 */
const FETCH_REASONS: readonly [RegExp, string][] = [
  [UNREADABLE, "its header has too many fields or is not valid"],
  [/tunnel/i, "the proxy does not lead there"],
  [/dns error|lookup|getaddrinfo/i, "its name is not known"],
  [/refused/i, "it refuses the connection"],
  [/certificate.?required/i, "it asks for a certificate of the client"],
  [/certificate (?:has )?expired/i, "its certificate has expired"],
  [/not valid for name|altname/i, "its certificate is for another name"],
  [
    /certificate/i,
    "its certificate is not trusted; NODE_EXTRA_CA_CERTS=FILE adds an authority",
  ],
  [
    /InvalidContentType|wrong_version|protocol_?version|handshake_?failure|speak TLS/i,
    "no TLS connection is possible",
  ],
  [
    /reset|closed|reading a body|broken pipe|\beof\b|end of file|disconnected/i,
    "the connection was cut",
  ],
  [/unreach/i, "there is no network"],
];

/** Returns in a few words why `fetch` failed, without the URL. */
export function reasonOf(error: unknown): string {
  const text = textOf(error);
  return FETCH_REASONS.find(([words]) => words.test(text))?.[1] ??
    "the connection failed";
}

/**
 * Whether a reply arrived that cannot be parsed. A retry would fail in the same
 * way.
 */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.test(textOf(error));
}

function textOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error();
  return `${message} ${cause instanceof Error ? cause.message : ""}`;
}
