import { type FileInfo, runtime } from "../../system/mod.ts";
import type { Found, NotFound } from "../logins/credential_file.ts";
import type { HomePart } from "./homes.ts";

/**
 * The refresh token in the credential files that we give to runs, which have
 * none: what carries it is useless after the run, and never copied back.
 */
export const NO_REFRESH_TOKEN = "account-qwen-refreshes-this-login";

/** The names of logins, those of killed processes included. */
const LOGIN_NAME = /^\.?oauth_creds/;

/** Of these, what the agent itself makes: its login, the lock, what it writes first. */
const AGENT_LOGIN_NAME = /^\.?oauth_creds\.(?:json|lock)(?:\..*\btmp\b.*)?$/;

/** What is ours in the folder of the agent: not for a run to see. */
const OUR_NAME = /^(?:accounts$|\.?state\.yaml|\.?rotation\.log)/;

/** The beginning of names of ours among the user's. */
export const OUR_PREFIX = ".account-qwen-";

/** Whether a private folder has no link to the real entry `name`. */
export function isHidden(kind: HomePart["kind"], name: string): boolean {
  if (name.startsWith(OUR_PREFIX)) return true;
  if (kind === "home") return name === ".qwen";
  return LOGIN_NAME.test(name) || OUR_NAME.test(name);
}

/** Whether `name`, in the private folder of the agent, is that of a login. */
export function isLoginName(kind: HomePart["kind"], name: string): boolean {
  return kind === "qwen" && LOGIN_NAME.test(name);
}

/** Whether the agent itself gives that name to its login, or on the way to it. */
export function isAgentLoginName(name: string): boolean {
  return AGENT_LOGIN_NAME.test(name);
}

/**
 * What every run of the agent makes that finds none, and nobody needs twice:
 * an id, the time of the last cleaning, the hints that were shown.
 */
const OF_NO_WORTH =
  /^(?:installation_id|\.[a-z-]+-cleanup(?:-[0-9a-f]+)?|tip_history\.json)$/;

/** Whether an entry of a run is worthless if the real place has one by now. */
export function isOfNoWorth(kind: HomePart["kind"], name: string): boolean {
  return kind === "qwen" && OF_NO_WORTH.test(name);
}

/** An entry of a folder. */
export function entryOf(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** The name of the real entry that a link with `target` stands for. */
export function linkedName(
  { of }: Pick<HomePart, "of">,
  target: string,
): string | undefined {
  const prefix = entryOf(of, "");
  const name = target.slice(prefix.length);
  const isDirect = target.startsWith(prefix) && name !== "";
  return isDirect && !name.includes("/") ? name : undefined;
}

/** Where `path` will be, if that is in the private folder of one of `parts`. */
export function realPathOf(
  parts: readonly HomePart[],
  path: string,
): string | undefined {
  for (const { at, of } of parts) {
    if (path === at) return of;
    const prefix = `${at}/`;
    if (path.startsWith(prefix)) return entryOf(of, path.slice(prefix.length));
  }
  return undefined;
}

/** Whether a name in a folder cannot be reached, as one that is not UTF-8. */
export async function isUnreachable(path: string): Promise<boolean> {
  return path.includes("\uFFFD") && !await runtime.files.info(path);
}

/** Tells an entry from whatever else has the same name later. */
export function markOf(info: FileInfo): string {
  return `${identityOf(info)}${info.mtimeMs} ${info.size}`;
}

/** Whether an entry is the one with `mark`, whatever was written into it. */
export function isSameEntry(info: FileInfo, mark: string | undefined): boolean {
  return mark !== undefined && mark.startsWith(identityOf(info));
}

function identityOf({ kind, inode }: FileInfo): string {
  return `${kind} ${inode} `;
}

/** Whether a login is one that we gave to a run. */
export function isGiven(found: Found | NotFound): boolean {
  return "credential" in found &&
    found.credential.refreshToken === NO_REFRESH_TOKEN;
}
