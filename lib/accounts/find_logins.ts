import type { Agent, Linked } from "../agents/agent.ts";
import type { LoginSources, Route } from "../agents/settings_format.ts";
import { MAX_SETTINGS_BYTES, parseSettings } from "../vault/agent_settings.ts";
import { type Found, readCredential } from "../vault/logins/credential_file.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";
import {
  type FoundKey,
  type KeysAmong,
  keysAmong,
  variablesWithKeys,
} from "../agents/found_key.ts";
import { dirname } from "../disk/names.ts";
import { attempt, isOurs, readOurs, type Skip } from "../disk/read_ours.ts";

/** Where to look for logins. */
export interface Places {
  /** The working folder, absolute. */
  cwd: string;
  /** The home folder, absolute. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
  /** The agent. */
  agent: Linked<Agent>;
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
 * Of the `.env` files the first with a key counts, in the order of the
 * agent: from the working folder upward, then those of the home folder. Settings of the user say where keys of the environment and of `.env`
 * files go, those of a project only where its own go. A file of another user,
 * who could be after our requests, never counts.
 */
export async function findLogins(places: Places): Promise<FoundLogins> {
  const { home, env, agent: { keys: { names }, settings } } = places;
  const sources = settings.sources({
    env,
    cwd: folderOf(places.cwd),
    home: folderOf(home),
  });
  const lookedAt = placesOf(places, sources);
  const unusable: Unusable[] = [];
  const skip: Skip = (origin, problem) =>
    void unusable.push({ origin, problem });

  const ofUser: FoundKey[] = [];
  const ofProject: FoundKey[] = [];
  const routes: Route[] = [];
  for (const path of lookedAt.settings) {
    const isOfProject = !sources.ofUser.includes(path);
    const found = await readOurs(
      path,
      skip,
      MAX_SETTINGS_BYTES,
      (bytes) => settings.keysIn(parseSettings(bytes), { isOfProject }),
    );
    if (!found) continue;
    const options = { names, isOfProject, routes: found.routes };
    const keys = keysAmong(found.variables, path, options);
    (isOfProject ? ofProject : ofUser).push(...usable(keys, path, skip));
    if (!isOfProject) routes.push(...found.routes);
  }
  const ofEnv = keysAmong(env, ENVIRONMENT, { names, routes });
  const keys = [...usable(ofEnv, ENVIRONMENT, skip), ...ofUser];
  for (const path of lookedAt.envFiles) {
    const isOfProject = !filesIn(home, sources).includes(path);
    const variables = await readOurs(
      path,
      skip,
      MAX_ENV_FILE_BYTES,
      parseEnvFile,
    );
    if (!variables) continue;
    const found = keysAmong(variables, path, { names, isOfProject, routes });
    keys.push(...usable(found, path, skip));
    if (found.keys.length > 0) break;
  }
  keys.push(...ofProject);
  return {
    credentials: await findCredentials(lookedAt.logins, skip, places),
    keys: keys.filter(({ apiKey }, at) =>
      keys.findIndex((it) => it.apiKey === apiKey) === at
    ),
    unusable,
    lookedAt,
  };
}

function placesOf(
  { cwd, home, agent }: Places,
  sources: LoginSources,
): LookedAt {
  const { ofUser, ofProject, logins } = sources;
  const folders = [cwd];
  for (let at = cwd; at !== dirname(at); at = dirname(at)) {
    folders.push(dirname(at));
  }
  const envFiles = [...folders, home].flatMap((it) => filesIn(it, sources));
  return {
    variables: variablesWithKeys(agent.keys.names),
    settings: [...new Set([...ofUser, ...ofProject])],
    envFiles: [...new Set(envFiles)],
    logins,
  };
}

function filesIn(folder: string, { envFiles }: LoginSources): string[] {
  return envFiles.map((name) => `${folderOf(folder)}/${name}`);
}

function folderOf(path: string): string {
  return path.replace(/\/+$/, "");
}

function usable(found: KeysAmong, origin: string, skip: Skip) {
  for (const problem of found.problems) skip(origin, problem);
  return found.keys;
}

async function findCredentials(
  paths: readonly string[],
  skip: Skip,
  { agent }: Places,
) {
  const credentials: FoundCredential[] = [];
  for (const path of paths) {
    if (!await isOurs(path, skip)) continue;
    const found = await attempt(
      path,
      skip,
      () => readCredential(path, { agent }),
    );
    if (!found) continue;
    if ("credential" in found) credentials.push({ path, ...found });
    else skip(path, found.problem);
  }
  return credentials;
}
