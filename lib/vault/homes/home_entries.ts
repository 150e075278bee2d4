import type { EntryRole } from "../../agents/formats.ts";
import { type FileInfo, runtime } from "../../system/mod.ts";
import type { Found, NotFound } from "../logins/credential_file.ts";
import { HOME, type HomePart } from "./homes.ts";
import type { Layout } from "../../disk/layout.ts";

/**
 * The refresh token in the credential files that we give to runs, which have
 * none: what carries it is useless after the run, and never copied back.
 */
export const NO_REFRESH_TOKEN = "account-qwen-refreshes-this-login";

/** What is ours in the folder of the agent: not for a run to see. */
const OUR_NAME = /^(?:accounts$|\.?state\.yaml|\.?rotation\.log)/;

/** The beginning of names of ours among the user's. */
export const OUR_PREFIX = ".account-qwen-";

/** Whether a private folder has no link to the real entry `name`. */
export function isHidden(
  { agent }: Pick<Layout, "agent">,
  kind: HomePart["kind"],
  name: string,
): boolean {
  if (name.startsWith(OUR_PREFIX)) return true;
  if (kind === HOME) return name === ".qwen";
  return OUR_NAME.test(name) ||
    ["login", "private"].includes(agent.homes.roleOf(name));
}

/** How a run treats the entry `name` of a private folder. */
export function roleOf(
  { agent }: Pick<Layout, "agent">,
  kind: HomePart["kind"],
  name: string,
): EntryRole {
  return kind === HOME ? "shared" : agent.homes.roleOf(name);
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
