import type { EntryRole, HomeFormat } from "../formats.ts";
import { homeLogin } from "./login.ts";

/** What becomes of an entry of the user's home in the home of an account. */
export type Entry =
  /** A link to the user's. */
  | "linked"
  /** The account has one of its own. */
  | "own"
  /** It is not there. */
  | "ignored";

/**
 * The entries of a home, as 0.100.0 and 0.171.0 create or read them. A test with
 * the real program fails on one that is missing here.
 *
 * A linked file stays a link whoever writes to it: codex writes through it, or
 * replaces its target. The SQLite files are its cache of the linked sessions; it
 * keeps them open, and finds a session by its id without them. Its own locks are
 * linked where what they lock is.
 */
const ENTRIES: readonly [RegExp, Entry][] = [
  // The settings and instructions of the user. A profile is a file beside them.
  [/^(?:[\w-]+\.)?config\.toml$/, "linked"],
  [/^AGENTS(?:\.override)?\.md$/, "linked"],
  [/^(?:prompts|rules|skills|hooks|plugins|themes|agents)$/, "linked"],
  [/^hooks\.json$/, "linked"],
  // The variables of the user, which override the environment. A run with a key
  // has a copy without those that belong to a key.
  [/^\.env$/, "linked"],
  // The sessions, and what the user typed.
  [/^(?:sessions|archived_sessions|worktrees|generated_images)$/, "linked"],
  [/^(?:history|session_index)\.jsonl(?:\.lock)?$/, "linked"],
  // The logins of MCP servers, which belong to the user.
  [/^\.credentials\.json$/, "linked"],
  [/^mcp-oauth-locks$/, "linked"],
  // The login, and what the agent writes on the way to it.
  [/^auth\.(?:json|lock)(?:\.lock)?$/, "own"],
  [/^\.auth-\w+$/, "own"],
  // What it knows of the account, and its caches.
  [/\.sqlite(?:-shm|-wal|-journal)?$/, "own"],
  [/^memories(?:_v\d+)?(?:\.lock)?$/, "own"],
  [/^models_cache\.json$/, "own"],
  [/^cloud-[a-z-]+-cache\.json$/, "own"],
  [/^(?:installation_id|version\.json|internal_storage\.json)$/, "own"],
  [/^\.(?:sandbox_migration|personality_migration)$/, "own"],
  [/^(?:log|tmp|\.tmp|cache|shell_snapshots)$/, "own"],
  [/^(?:thread-writer-locks|tui-thread-reference-capabilities)$/, "own"],
  // The server in the background keeps the account of its home.
  [/^(?:packages|app-server-control|app-server-daemon)$/, "ignored"],
  // Our folder, with the homes of all accounts.
  [/^accounts$/, "ignored"],
];

/** Entries that belong to the login of a home. */
const LOGIN = /^(?:auth\.(?:json|lock)(?:\.lock)?|\.auth-\w+)$/;

/** Folders that the agent creates although the user has none. */
const CREATED_FOLDERS = [
  "archived_sessions",
  "generated_images",
  "mcp-oauth-locks",
  "sessions",
  "skills",
  "worktrees",
];

const APPENDED = ["history.jsonl", "session_index.jsonl"];

/** Returns what becomes of an entry; `undefined` if the table lacks it. */
export function entryOf(name: string): Entry | undefined {
  return ENTRIES.find(([pattern]) => pattern.test(name))?.[1];
}

/** How a run of `codex` gets a home of its own, the same in all versions. */
export const homes: HomeFormat = {
  name: ".codex",
  // Its settings are not JSON, and its logins are moved, not imported.
  sources: () => ({
    ofUser: [],
    ofProject: [],
    envFiles: [".codex/.env", ".env"],
    logins: [],
  }),
  isMovable: () => true,
  variables: (folder) => ({ CODEX_HOME: folder }),
  // Otherwise each start creates a folder in `tmp` (0.100.0, 0.171.0).
  withoutHome: { CODEX_HOME: "/dev/null/none" },
  roleOf,
  folders: () => CREATED_FOLDERS,
  logs: () => APPENDED,
  isWritten: (name) =>
    [...CREATED_FOLDERS, ...APPENDED, "config.toml"].includes(name),
  login: homeLogin,
};

const ROLES: Readonly<Record<Entry, EntryRole>> = {
  linked: "shared",
  own: "own",
  ignored: "private",
};

/** An unknown entry may be a login, so no other home sees it. */
function roleOf(name: string): EntryRole {
  return LOGIN.test(name) ? "login" : ROLES[entryOf(name) ?? "ignored"];
}
