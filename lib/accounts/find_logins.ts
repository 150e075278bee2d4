import type { Agent, Keyed } from "../agents/agent.ts";
import type { LoginSources } from "../agents/formats.ts";
import {
  MAX_SETTINGS_BYTES,
  parseSettings,
  type Route,
} from "../agents/settings_format.ts";
import { type Found, readCredential } from "../vault/logins/credential_file.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";
import {
  type FoundKey,
  type KeysAmong,
  keysAmong,
  variablesWithKeys,
} from "../agents/found_key.ts";
import { dirname } from "../disk/names.ts";
import { isOurs, readIfOurs, type Skip, unlessUnusable } from "./our_files.ts";

/** Where to look for logins. */
interface Places {
  /** The working folder, absolute. */
  cwd: string;
  /** The home folder, absolute. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
  /** The agent. */
  agent: Keyed<Agent>;
}

/** An OAuth login that can be imported. */
interface FoundCredential extends Found {
  /** The file that it is in. */
  path: string;
}

/** Something that looks like a login but cannot be imported. */
interface Unusable {
  /** The file, or `"environment"`. */
  origin: string;
  /** Why; completes "it ..." and quotes nothing. */
  problem: string;
}

/** The places that were searched, even if they do not exist. */
export interface LookedAt {
  /** Environment variables. */
  variables: readonly string[];
  /** Files with settings of the agent. */
  settings: readonly string[];
  /** Folders with `.env` files, in their order; absolute, without a last slash. */
  folders: readonly string[];
  /** The names of those files in each folder. */
  envFiles: readonly string[];
  /** Files with logins of other programs. */
  logins: readonly string[];
}

/** What `setup` may offer to import. */
export interface FoundLogins {
  /** Logins in files of other programs. */
  credentials: FoundCredential[];
  /** Keys, those of the environment first; each only once. */
  keys: FoundKey[];
  /** What was found but cannot be imported. */
  unusable: Unusable[];
  /** The places that were searched. */
  lookedAt: LookedAt;
}

const ENVIRONMENT = "environment";

/**
 * Finds the keys and logins that can be imported; reads, and changes nothing.
 *
 * Only the first `.env` file with a key counts, in the order of the agent: from
 * the working folder upward, then those in the home folder. The settings of the
 * user say to which address keys of the environment and of `.env` files belong;
 * the settings of a project say so only for its own keys. Files of other users
 * never count, since their owners could redirect our requests.
 */
export async function findLogins(places: Places): Promise<FoundLogins> {
  const { home, env, agent } = places;
  const sources = agent.homes.sources({
    env,
    cwd: folderOf(places.cwd),
    home: folderOf(home),
  });
  const lookedAt = placesOf(places, sources);
  const unusable: Unusable[] = [];
  const skip: Skip = (origin, problem) =>
    void unusable.push({ origin, problem });

  const search = { ...places, sources, lookedAt, skip };
  const { ofUser, ofProject, routes } = await findInSettings(search);
  const ofEnv = keysAmong(env, ENVIRONMENT, { keys: agent.keys, routes });
  const keys = [
    ...usable(ofEnv, ENVIRONMENT, skip),
    ...ofUser,
    ...await findInEnvFiles(search, routes),
    ...ofProject,
  ];
  return {
    credentials: await findCredentials(lookedAt.logins, skip, places),
    keys: keys.filter(({ apiKey }, at) =>
      keys.findIndex((it) => it.apiKey === apiKey) === at
    ),
    unusable,
    lookedAt,
  };
}

interface Search extends Places {
  sources: LoginSources;
  lookedAt: LookedAt;
  skip: Skip;
}

/** Returns the keys in the settings of the agent, and the routes of the user. */
async function findInSettings({ agent, lookedAt, skip, sources }: Search) {
  const ofUser: FoundKey[] = [];
  const ofProject: FoundKey[] = [];
  const routes: Route[] = [];
  for (const path of lookedAt.settings) {
    const isOfProject = !sources.ofUser.includes(path);
    const found = await readIfOurs(
      path,
      (bytes) => agent.settings.keysIn(parseSettings(bytes), { isOfProject }),
      { maxBytes: MAX_SETTINGS_BYTES, skip },
    );
    if (!found) continue;
    const options = { keys: agent.keys, isOfProject, routes: found.routes };
    const keys = keysAmong(found.variables, path, options);
    (isOfProject ? ofProject : ofUser).push(...usable(keys, path, skip));
    if (!isOfProject) routes.push(...found.routes);
  }
  return { ofUser, ofProject, routes };
}

/** Returns the keys in the first `.env` file that has any. */
async function findInEnvFiles(
  { agent, home, lookedAt, skip, sources }: Search,
  routes: readonly Route[],
): Promise<FoundKey[]> {
  const ofHome = filesIn(home, sources);
  for (const path of lookedAt.folders.flatMap((it) => filesIn(it, sources))) {
    const isOfProject = !ofHome.includes(path);
    const variables = await readIfOurs(path, parseEnvFile, {
      maxBytes: MAX_ENV_FILE_BYTES,
      skip,
    });
    if (!variables) continue;
    const found = keysAmong(variables, path, {
      keys: agent.keys,
      isOfProject,
      routes,
    });
    const keys = usable(found, path, skip);
    if (found.keys.length > 0) return keys;
  }
  return [];
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
  return {
    variables: variablesWithKeys(agent.keys),
    settings: [...new Set([...ofUser, ...ofProject])],
    folders: [...new Set([...folders, home].map(folderOf))],
    envFiles: sources.envFiles,
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
    const found = await unlessUnusable(
      { path, skip },
      () => readCredential(path, { agent }),
    );
    if (!found) continue;
    if ("credential" in found) credentials.push({ path, ...found });
    else skip(path, found.problem);
  }
  return credentials;
}
