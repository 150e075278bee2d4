import {
  MAX_SETTINGS_BYTES,
  parseSettings,
} from "../agents/qwen/agent_settings.ts";
import { type Found, readCredential } from "../vault/logins/credential_file.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";
import {
  type FoundKey,
  KEY_VARIABLES,
  type KeysAmong,
  keysAmong,
} from "../agents/found_key.ts";
import { dirname } from "../disk/names.ts";
import { attempt, isOurs, readOurs, type Skip } from "../disk/read_ours.ts";
import { readKeySettings, type Route } from "../agents/qwen/settings_keys.ts";

/** Where to look for logins. */
export interface Places {
  /** The working folder, absolute. */
  cwd: string;
  /** The home folder, absolute. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
}

/** An OAuth login that can be imported. */
export interface FoundCredential extends Found {
  /** The file that it is in. */
  path: string;
}

/** Something that looked like a login and cannot be imported. */
export interface Unusable {
  /** The file, or `"environment"`. */
  origin: string;
  /** Why; completes "it ..." and quotes nothing. */
  problem: string;
}

/** Where was looked, whether or not something was there. */
export interface LookedAt {
  /** Variables of the environment. */
  variables: readonly string[];
  /** Files with settings of the agent. */
  settings: readonly string[];
  /** `.env` files, in their order. */
  envFiles: readonly string[];
  /** Files with logins of other programs. */
  logins: readonly string[];
}

/** What a set-up may offer to import. */
export interface FoundLogins {
  /** Logins in files of other programs. */
  credentials: FoundCredential[];
  /** Keys, those of the environment first; each only once. */
  keys: FoundKey[];
  /** What was there and cannot be imported. */
  unusable: Unusable[];
  /** Where was looked. */
  lookedAt: LookedAt;
}

const ENVIRONMENT = "environment";

/**
 * Finds the keys and logins that can be imported; reads, and changes nothing.
 *
 * Of the `.env` files the first with a key counts, in the order of qwen: from
 * the working folder upward `.qwen/.env` and `.env`, then those of the home
 * folder. Settings of the user say where keys of the environment and of `.env`
 * files go, those of a project only where its own go. A file of another user,
 * who could be after our requests, never counts.
 */
export async function findLogins(places: Places): Promise<FoundLogins> {
  const { home, env } = places;
  const lookedAt = placesOf(places);
  const unusable: Unusable[] = [];
  const skip: Skip = (origin, problem) =>
    void unusable.push({ origin, problem });

  const ofUser: FoundKey[] = [];
  const ofProject: FoundKey[] = [];
  const routes: Route[] = [];
  for (const path of lookedAt.settings) {
    const isOfProject = !settingsOfUser(places).includes(path);
    const found = await readOurs(
      path,
      skip,
      MAX_SETTINGS_BYTES,
      (bytes) => readKeySettings(parseSettings(bytes), { isOfProject }),
    );
    if (!found) continue;
    const options = { isOfProject, routes: found.routes };
    const keys = keysAmong(found.variables, path, options);
    (isOfProject ? ofProject : ofUser).push(...usable(keys, path, skip));
    if (!isOfProject) routes.push(...found.routes);
  }
  const ofEnv = keysAmong(env, ENVIRONMENT, { routes });
  const keys = [...usable(ofEnv, ENVIRONMENT, skip), ...ofUser];
  for (const path of lookedAt.envFiles) {
    const isOfProject = !filesIn(home).includes(path);
    const variables = await readOurs(
      path,
      skip,
      MAX_ENV_FILE_BYTES,
      parseEnvFile,
    );
    if (!variables) continue;
    const found = keysAmong(variables, path, { isOfProject, routes });
    keys.push(...usable(found, path, skip));
    if (found.keys.length > 0) break;
  }
  keys.push(...ofProject);
  return {
    credentials: await findCredentials(lookedAt.logins, skip),
    keys: keys.filter(({ apiKey }, at) =>
      keys.findIndex((it) => it.apiKey === apiKey) === at
    ),
    unusable,
    lookedAt,
  };
}

function placesOf(places: Places): LookedAt {
  const { cwd, home } = places;
  const folders = [cwd];
  for (let at = cwd; at !== dirname(at); at = dirname(at)) {
    folders.push(dirname(at));
  }
  const ofProject = `${folderOf(cwd)}/.qwen/settings.json`;
  return {
    variables: KEY_VARIABLES,
    settings: [...new Set([...settingsOfUser(places), ofProject])],
    envFiles: [...new Set([...folders, home].flatMap(filesIn))],
    logins: [`${folderOf(home)}/.agent/qwen/oauth_creds.json`],
  };
}

function settingsOfUser({ home, env: { QWEN_HOME } }: Places): string[] {
  const folders = [`${folderOf(home)}/.qwen`];
  if (QWEN_HOME) folders.unshift(folderOf(QWEN_HOME)); // from 0.21.2 on
  return folders.map((it) => `${it}/settings.json`);
}

function filesIn(folder: string): string[] {
  return [`${folderOf(folder)}/.qwen/.env`, `${folderOf(folder)}/.env`];
}

function folderOf(path: string): string {
  return path.replace(/\/+$/, "");
}

function usable(found: KeysAmong, origin: string, skip: Skip) {
  for (const problem of found.problems) skip(origin, problem);
  return found.keys;
}

async function findCredentials(paths: readonly string[], skip: Skip) {
  const credentials: FoundCredential[] = [];
  for (const path of paths) {
    if (!await isOurs(path, skip)) continue;
    const found = await attempt(path, skip, () => readCredential(path));
    if (!found) continue;
    if ("credential" in found) credentials.push({ path, ...found });
    else skip(path, found.problem);
  }
  return credentials;
}
