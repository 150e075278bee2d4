/**
 * The file `.claude.json`, which has both what belongs to an account
 * (`oauthAccount`, caches) and what belongs to the user. In a home of an account
 * it cannot be a link: the agent replaces it.
 *
 * @module
 */

import { isRecord, recordOf } from "../../json.ts";
import {
  type Content,
  type MixedFile,
  type OwnerFiles,
  parseLoginJson,
  type Versions,
} from "../home_login.ts";

/** The file, whose lock is a folder (1.0.128 to 2.1.332). */
export const stateFile: MixedFile = {
  name: ".claude.json",
  ofUser: (dir, { CLAUDE_CONFIG_DIR, HOME }) =>
    // Beside the usual home, and in any other.
    dir === `${HOME}/.claude` && CLAUDE_CONFIG_DIR !== dir
      ? `${HOME}/.claude.json`
      : `${dir}/.claude.json`,
  lock: (path) => ({ path: `${path}.lock`, kind: "folder" }),
  merge: mergeState,
  ownerIn: ({ oauthAccount }) => ownerOf({ ...Object(oauthAccount) }),
  withOwner: (content, owner) =>
    stateFile.ownerIn(content) === owner
      ? content
      : { ...content, oauthAccount: idsOf(owner) },
};

/** Returns whose login it is, from the ids of an account; both are needed. */
export function ownerOf(
  { accountUuid, organizationUuid }: Content,
): string | undefined {
  const isKnown = isText(accountUuid) && isText(organizationUuid);
  return isKnown ? `${accountUuid}@${organizationUuid}` : undefined;
}

/** Returns the ids of an account; the reverse of `ownerOf()`. */
export function idsOf(owner: string): Record<string, string> {
  const [accountUuid = "", organizationUuid = ""] = owner.split("@");
  return { accountUuid, organizationUuid };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/**
 * Whose login is in a folder. Up to 2.1.112, a login is written without ids, at
 * login and at each refresh. These versions remove the login and `oauthAccount`
 * before a new login, and write `oauthAccount` before its tokens; a refresh leaves
 * the ids in it alone. Without it, each start asks the service whose the login
 * is. The state of the user's home is beside it, or in it if a variable moves it.
 */
export const ownerFiles: OwnerFiles = {
  paths: (folder) => [
    `${folder}/.config.json`,
    `${folder}/.claude.json`,
    `${folder}.json`,
  ],
  ownerIn: (bytes) => stateFile.ownerIn(parseLoginJson(bytes)),
};

/** The members that belong to the user. */
const OF_USER: readonly string[] = [
  "autoUpdates",
  "bypassPermissionsModeAccepted",
  "editorMode",
  "hasCompletedOnboarding",
  "installMethod",
  "lastOnboardingVersion",
  "machineID",
  "mcpServers",
  "projects",
  "theme",
  "userID",
];

/** How deep the members of these are merged one by one. */
const DEPTHS: Readonly<Record<string, number>> = { mcpServers: 1, projects: 2 };

/**
 * Returns `into` with what has changed in `from` since `base`, of what belongs
 * to the user: nothing that another process has changed is lost. Before a run,
 * `from` is the user's file and `base` is empty; after it, `from` is that of the
 * account and `base` what it was before the run.
 */
export function mergeState({ from, base, into }: Versions): Content {
  const merged = { ...into };
  for (const name of OF_USER) {
    const depth = DEPTHS[name] ?? 0;
    // A file that the agent has written anew lacks what nobody has removed.
    if (from[name] === undefined) continue;
    const versions = { from: from[name], base: base[name], into: into[name] };
    put(merged, name, mergeValue(versions, depth));
  }
  return merged;
}

/** The same value in three files. */
interface Values {
  from: unknown;
  base: unknown;
  into: unknown;
}

function mergeValue({ from, base, into }: Values, depth: number): unknown {
  if (isSame(from, base)) return into;
  if (depth === 0 || !isRecord(from)) return from;
  const [before, merged] = [recordOf(base), recordOf(into)];
  for (const name of new Set([...Object.keys(before), ...Object.keys(from)])) {
    const versions = {
      from: from[name],
      base: before[name],
      into: merged[name],
    };
    put(merged, name, mergeValue(versions, depth - 1));
  }
  return merged;
}

function put(
  record: Record<string, unknown>,
  name: string,
  value: unknown,
): void {
  if (value === undefined) delete record[name];
  else Object.defineProperty(record, name, { ...PLAIN, value });
}

/** A name such as `__proto__` is one like any other. */
const PLAIN = { configurable: true, enumerable: true, writable: true };

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
