import { errorCode, runtime } from "../runtime/mod.ts";
import { type Found, readCredential } from "./credential_file.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "./env_file.ts";
import { type FoundKey, type KeysAmong, keysAmong } from "./found_key.ts";
import { dirname } from "./names.ts";

/** Where to look for logins. */
export interface Places {
  /** The working folder, absolute. */
  cwd: string;
  /** The home folder, absolute. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
}

/** An OAuth login that can be adopted. */
export interface FoundCredential extends Found {
  /** The file that it is in. */
  path: string;
}

/** Something that looked like a login and cannot be adopted. */
export interface PassedOver {
  /** The file, or `"environment"`. */
  origin: string;
  /** Why; completes "it ..." and quotes nothing. */
  problem: string;
}

/** What a set-up may offer to adopt. */
export interface FoundLogins {
  /** Logins in files of other programs. */
  credentials: FoundCredential[];
  /** Keys, those of the environment first; each only once. */
  keys: FoundKey[];
  /** What was there and cannot be adopted. */
  passedOver: PassedOver[];
}

const ENVIRONMENT = "environment";

/**
 * Finds the logins that a set-up can adopt; reads, and changes nothing. Of the
 * `.env` files the first with a key counts, in the order of the Qwen CLI: from
 * the working folder upward `.qwen/.env` and `.env`, then those of the home
 * folder. A file of another user, who could be after our requests, never does.
 */
export async function findLogins(places: Places): Promise<FoundLogins> {
  const { cwd, home, env } = places;
  const passedOver: PassedOver[] = [];
  const passOver = (origin: string, problem: string) =>
    void passedOver.push({ origin, problem });
  const keys = usable(keysAmong(env, ENVIRONMENT), ENVIRONMENT, passOver);

  for (const path of envFiles(cwd, home)) {
    const isOfProject = !filesIn(home).includes(path);
    const found = await keysOfFile(path, { isOfProject, passOver });
    keys.push(...found);
    if (found.length > 0) break;
  }
  return {
    credentials: await findCredentials(home, passOver),
    keys: keys.filter(({ apiKey }, at) =>
      keys.findIndex((it) => it.apiKey === apiKey) === at
    ),
    passedOver,
  };
}

type PassOver = (origin: string, problem: string) => void;

function envFiles(cwd: string, home: string): string[] {
  const folders = [cwd];
  for (let at = cwd; at !== dirname(at); at = dirname(at)) {
    folders.push(dirname(at));
  }
  return [...new Set([...folders, home].flatMap(filesIn))];
}

function filesIn(path: string): string[] {
  const folder = path.replace(/\/+$/, "");
  return [`${folder}/.qwen/.env`, `${folder}/.env`];
}

async function keysOfFile(
  path: string,
  { isOfProject, passOver }: { isOfProject: boolean; passOver: PassOver },
) {
  const bytes = await readOurs(path, passOver);
  if (!bytes) return [];
  try {
    const variables = await parseEnvFile(bytes);
    return usable(keysAmong(variables, path, { isOfProject }), path, passOver);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    passOver(path, error.message);
    return [];
  }
}

function usable(found: KeysAmong, origin: string, passOver: PassOver) {
  for (const problem of found.problems) passOver(origin, problem);
  return found.keys;
}

async function findCredentials(home: string, passOver: PassOver) {
  const path = `${home.replace(/\/+$/, "")}/.agent/qwen/oauth_creds.json`;
  if (!await isOurs(path, passOver)) return [];
  const found = await attempt(path, passOver, () => readCredential(path));
  if (!found) return [];
  if ("credential" in found) return [{ path, ...found }];
  passOver(path, found.problem);
  return [];
}

async function readOurs(path: string, passOver: PassOver) {
  if (!await isOurs(path, passOver)) return undefined;
  return await attempt(
    path,
    passOver,
    () => runtime.files.read(path, MAX_ENV_FILE_BYTES),
  );
}

/** Whether `path` leads to something of ours, or of the machine's master. */
async function isOurs(path: string, passOver: PassOver): Promise<boolean> {
  return await attempt(path, passOver, async () => {
    const target = await runtime.files.realPath(path);
    const info = target && await runtime.files.info(target);
    // Some keep their .env files in a folder of that name.
    if (!info || info.kind === "folder") return false;
    if (info.uid === runtime.host.uid || info.uid === 0) return true;
    passOver(path, `belongs to user ${info.uid}`);
    return false;
  }) ?? false;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "may not be read",
  EFBIG: "is too large",
  EINVAL: "is not a file",
  ELOOP: "is a link to itself",
  EPERM: "may not be read",
};

async function attempt<T>(
  path: string,
  passOver: PassOver,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined; // nothing is there
    const problem = PROBLEMS[errorCode(error) ?? ""];
    if (problem === undefined) throw error;
    passOver(path, problem);
    return undefined;
  }
}
