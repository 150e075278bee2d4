import type {
  EntryRole,
  HomeFormat,
  LoginSources,
  UserPlace,
} from "../formats.ts";
import { wordsOf } from "../command_line.ts";
import { HOME_VARIABLE, homeLogin } from "./login.ts";

/**
 * What becomes of an entry of `~/.claude` where an account has a home of its own,
 * because the version cannot move the store of its login alone.
 */
export type HomeEntry =
  /** The home of the account has a link to that of the user. */
  | "linked"
  /** Each home has its own, because it belongs to the account or to a process. */
  | "own"
  /** The agent creates one if it needs it; nobody misses the other. */
  | "ignored";

/**
 * The entries that 1.0.128 to 2.1.332 create, by their runs and their bundles. A
 * name that ends with a star is the beginning of several.
 */
const ENTRIES: Readonly<Record<HomeEntry, readonly string[]>> = {
  linked: wordsOf(`
    CLAUDE.md ULTRACLAUDE.md agent-memory agents commands cowork_plugins
    file-history history.jsonl hooks ide keybindings.json loop.md magic-docs
    memory output-styles plans plugins projects rules session-env session-memory
    sessions settings.json settings.local.json skills tasks teams themes todos
    uploads workflows
  `),
  own: wordsOf(`
    .claude.json* .config.json* .credentials.json* .oauth_refresh.lock*
    .storage-write.lock* ccr chrome daemon* hfi-auth.json jobs
    mcp-needs-auth-cache.json policy-limits.json remote-control
    remote-settings.json seed-admin shares
  `),
  // The folder `accounts` is ours.
  ignored: wordsOf(`
    .deep-link-register-failed .last-cleanup .last-update-result.json
    .update.lock accounts backups cache debug dev-mods downloads dump-prompts
    feedback* gh-pr-status-cache.json image-cache local mcp-discovery-cache
    paste-cache security_warnings_state_* shell-snapshots startup-perf state
    stats-cache.json statsig telemetry traces usage-data
  `),
};

/** Returns what becomes of an entry; `undefined` if it is unknown. */
export function entryOf(name: string): HomeEntry | undefined {
  const matches = (pattern: string) =>
    pattern.endsWith("*")
      ? name.startsWith(pattern.slice(0, -1))
      : name === pattern;
  const kinds: HomeEntry[] = ["linked", "own", "ignored"];
  return kinds.find((kind) => ENTRIES[kind].some(matches));
}

/** The login, its locks, and what is being written in their place. */
const LOGIN =
  /^\.(?:credentials\.json|oauth_refresh\.lock|storage-write\.lock)/;

/** The folders that runs create, and that other runs must see. */
const FOLDERS = wordsOf(
  "file-history plans plugins projects session-env sessions tasks todos",
);

/** The home of `claude`. */
export const homes: HomeFormat = {
  name: ".claude",
  sources,
  isMovable: () => true,
  variables: (folder) => ({ [HOME_VARIABLE]: folder }),
  roleOf,
  folders: () => FOLDERS,
  logs: () => ["history.jsonl"],
  isWritten: (name) => FOLDERS.includes(name) || name === "history.jsonl",
  login: homeLogin,
};

const ROLES: Readonly<Record<HomeEntry, EntryRole>> = {
  linked: "shared",
  own: "private",
  ignored: "worthless",
};

/** What is unknown may be a login. */
function roleOf(name: string): EntryRole {
  if (LOGIN.test(name)) return "login";
  return ROLES[entryOf(name) ?? "own"];
}

function sources(
  { cwd, home, env: { CLAUDE_CONFIG_DIR } }: UserPlace,
): LoginSources {
  const own = CLAUDE_CONFIG_DIR?.replace(/\/+$/, "");
  return {
    ofUser: own
      ? [`${own}/settings.json`, `${own}/.claude.json`]
      : [`${home}/.claude/settings.json`, `${home}/.claude.json`],
    ofProject: [
      `${cwd}/.claude/settings.local.json`,
      `${cwd}/.claude/settings.json`,
    ],
    envFiles: [".env"],
    logins: [],
  };
}
