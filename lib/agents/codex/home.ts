import type { EntryRole, HomeFormat } from "../formats.ts";
import { homeLogin } from "./login.ts";

/**
 * The entries of a home, as 0.100.0 and 0.171.0 create or read them. A test with
 * the real program fails on one that is missing here.
 *
 * What is shared is a link, and stays one whoever writes to it: codex writes
 * through it, or replaces its target. The SQLite files are its cache of the shared
 * sessions; it keeps them open, and finds a session by its id without them. A
 * lock of codex is shared if what it locks is shared.
 */
const ENTRIES: readonly [RegExp, EntryRole][] = [
  // The settings and instructions of the user. A profile is a file beside them.
  [/^(?:[\w-]+\.)?config\.toml$/, "shared"],
  [/^AGENTS(?:\.override)?\.md$/, "shared"],
  [/^(?:prompts|rules|skills|hooks|plugins|themes|agents)$/, "shared"],
  [/^hooks\.json$/, "shared"],
  // The variables of the user, which override the environment. A run with a key
  // has a copy without those that belong to a key.
  [/^\.env$/, "shared"],
  // The sessions, and what the user typed.
  [/^(?:sessions|archived_sessions|worktrees|generated_images)$/, "shared"],
  [/^(?:history|session_index)\.jsonl(?:\.lock)?$/, "shared"],
  // The logins of MCP servers, which belong to the user.
  [/^\.credentials\.json$/, "shared"],
  [/^mcp-oauth-locks$/, "shared"],
  // The login, and what the agent writes on the way to it.
  [/^auth\.(?:json|lock)(?:\.lock)?$/, "login"],
  [/^\.auth-\w+$/, "login"],
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
  [/^(?:packages|app-server-control|app-server-daemon)$/, "private"],
  // Our folder, with the homes of all accounts.
  [/^accounts$/, "private"],
];

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

/** Returns how a run treats an entry; `undefined` if the table lacks it. */
export function entryOf(name: string): EntryRole | undefined {
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
  // An unknown entry may be a login, so no other home sees it.
  roleOf: (name) => entryOf(name) ?? "private",
  folders: () => CREATED_FOLDERS,
  logs: () => APPENDED,
  isWritten: (name) =>
    [...CREATED_FOLDERS, ...APPENDED, "config.toml"].includes(name),
  login: homeLogin,
};
