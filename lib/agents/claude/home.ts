import type {
  EntryRole,
  HomeFormat,
  LoginSources,
  UserPlace,
} from "../formats.ts";
import { wordsOf } from "../command_line.ts";
import { HOME_VARIABLE, homeLogin } from "./login.ts";

/**
 * The entries that 1.0.128 to 2.1.332 create, by their runs and their bundles. A
 * name that ends with a star is the beginning of several.
 */
const ENTRIES = {
  shared: wordsOf(`
    CLAUDE.md ULTRACLAUDE.md agent-memory agents commands cowork_plugins
    file-history history.jsonl hooks ide keybindings.json loop.md magic-docs
    memory output-styles plans plugins projects rules session-env session-memory
    sessions settings.json settings.local.json skills tasks teams themes todos
    uploads workflows
  `),
  // The login, its locks, and what is being written in their place.
  login: wordsOf(`
    .credentials.json* .oauth_refresh.lock* .storage-write.lock*
  `),
  // What belongs to the account, or to a process.
  private: wordsOf(`
    .claude.json* .config.json* ccr chrome daemon* hfi-auth.json jobs
    mcp-needs-auth-cache.json policy-limits.json remote-control
    remote-settings.json seed-admin shares
  `),
  // The folder `accounts` is ours.
  worthless: wordsOf(`
    .deep-link-register-failed .last-cleanup .last-update-result.json
    .update.lock accounts backups cache debug dev-mods downloads dump-prompts
    feedback* gh-pr-status-cache.json image-cache local mcp-discovery-cache
    paste-cache security_warnings_state_* shell-snapshots startup-perf state
    stats-cache.json statsig telemetry traces usage-data
  `),
} satisfies Partial<Record<EntryRole, readonly string[]>>;

/** Returns how a run treats an entry; `undefined` if the table lacks it. */
export function entryOf(name: string): EntryRole | undefined {
  const matches = (pattern: string) =>
    pattern.endsWith("*")
      ? name.startsWith(pattern.slice(0, -1))
      : name === pattern;
  const roles = ["shared", "login", "private", "worthless"] as const;
  return roles.find((role) => ENTRIES[role].some(matches));
}

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
  roleOf: (name) => entryOf(name) ?? "private", // it may be a login
  folders: () => FOLDERS,
  logs: () => ["history.jsonl"],
  isWritten: (name) => FOLDERS.includes(name) || name === "history.jsonl",
  login: homeLogin,
};

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
