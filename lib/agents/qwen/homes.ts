import type {
  EntryRole,
  HomeFormat,
  LoginSources,
  UserPlace,
} from "../formats.ts";
import { isAtLeast } from "../version.ts";

/** The home of `qwen` (measured on 0.12.0 and 0.24.4). */
export const homes: HomeFormat = {
  name: ".qwen",
  sources,
  isMovable,
  variables: (folder) => ({ QWEN_HOME: folder }),
  roleOf,
  folders: (version) => FOLDERS[isMovable(version) ? "since" : "before"],
  // 0.24.4
  logs: (version) => isMovable(version) ? ["usage_record.jsonl"] : [],
  isWritten: (name) => WRITTEN.has(name),
};

/** Before, only `HOME` moves what the agent stores. */
function isMovable(version: string | undefined): boolean {
  return isAtLeast(version, "0.21.2");
}

/** The folders that runs create, before and since the home can be moved. */
const FOLDERS = {
  before: ["debug", "projects", "skills", "tmp", "todos"],
  since: [
    "extension-store",
    "extensions",
    "memories",
    "projects",
    "sessions",
    "skills",
    "tmp",
    "usage",
  ],
};

const WRITTEN = new Set([
  "debug",
  "projects",
  "sessions",
  "tmp",
  "todos",
  "usage",
  "usage_record.jsonl",
]);

/** The login, the lock, and a login that is being written. */
const LOGIN = /^\.?oauth_creds\.(?:json|lock)(?:\..*\btmp\b.*)?$/;

/** Also the logins of killed processes, and copies by the user. */
const PRIVATE = /^\.?oauth_creds/;

/** An id, the time of the last cleaning, the hints that were shown. */
const WORTHLESS =
  /^(?:installation_id|\.[a-z-]+-cleanup(?:-[0-9a-f]+)?|tip_history\.json)$/;

function roleOf(name: string): EntryRole {
  if (LOGIN.test(name)) return "login";
  if (PRIVATE.test(name)) return "private";
  return WORTHLESS.test(name) ? "worthless" : "shared";
}

function sources({ cwd, home, env: { QWEN_HOME } }: UserPlace): LoginSources {
  const folders = [`${home}/.qwen`];
  // From 0.21.2 on.
  if (QWEN_HOME) folders.unshift(QWEN_HOME.replace(/\/+$/, ""));
  return {
    ofUser: folders.map((it) => `${it}/settings.json`),
    ofProject: [`${cwd}/.qwen/settings.json`],
    envFiles: [".qwen/.env", ".env"],
    logins: [`${home}/.agent/qwen/oauth_creds.json`],
  };
}
