/**
 * Finds the logins that other programs keep for the agent.
 *
 * @module
 */

import type { HomeLogin } from "../agents/home_login.ts";
import type { LoginStore } from "../agents/login_store.ts";
import { basename, dirname } from "../disk/names.ts";
import { errorCode, runtime } from "../system/mod.ts";
import {
  placeOf,
  readAccountLogin,
} from "../vault/home_logins/login_accounts.ts";
import {
  type FoundLogin,
  type HomePlace,
  isLogin,
  isNewer,
  isSame,
  isSameLogin,
  readLogin,
} from "../vault/home_logins/home_place.ts";
import { readStored } from "../vault/home_logins/staged.ts";
import type { Snapshot } from "../vault/snapshot.ts";

/** A login that another program keeps. It names no secret. */
export interface OtherLogin {
  /** The program, such as `caam`. */
  program: string;
  /** Where the program keeps such files; `*` stands for their names. */
  store: string;
  /** The file. */
  path: string;
  /** Whether its folder is a home in which the agent runs. */
  isHome: boolean;
  /** What a user recognizes it by, such as an email address, masked. */
  name: string | undefined;
  /** What kind of login it is; `undefined` if it is not a login. */
  kind: HomeLogin["kind"] | undefined;
  /** Whose it is; `undefined` if it does not say. */
  owner: string | undefined;
  /** When its access token expires, epoch milliseconds. */
  expiresAt: number | undefined;
  /** Why it cannot be imported, if so; completes "it ...". */
  problem: string | undefined;
  /** How it compares with another login of the same account; @default none */
  beside?: Beside | undefined;
}

/** A login compared with another one of the same account. */
export interface Beside {
  /** The account, the plain agent, or a login found before this one. */
  of: number | "plain" | "found";
  /** What it is compared with that one. */
  is: "same" | "newer" | "older";
}

/** Where to look. */
export interface OtherLoginPlaces {
  /** The home folder of the user, without a last slash. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
}

/** A login, and where it is. */
interface Known {
  of: Beside["of"];
  login: FoundLogin;
}

/**
 * Finds the logins that other programs keep for the agent, the newest first;
 * reads, and changes nothing. Two logins of one account, or with the same tokens,
 * are one: after a refresh of the one, the other is useless.
 */
export async function findOtherLogins(
  snapshot: Pick<Snapshot, "keys" | "layout" | "slots" | "state">,
  places: OtherLoginPlaces,
): Promise<OtherLogin[]> {
  const place = placeOf(snapshot);
  const stores = place?.format.imports?.stores(places) ?? [];
  if (!place || stores.length === 0) return [];
  const known = await listKnown(place, snapshot);
  const logins: { other: OtherLogin; found: FoundLogin }[] = [];
  const unusable: OtherLogin[] = [];
  for (const store of stores) {
    for (const { path, name } of await filesOf(store)) {
      const found = await readStored(path, place);
      const login = isLogin(found) ? found.login : undefined;
      const other: OtherLogin = {
        program: store.program,
        store: store.files,
        path,
        isHome: store.isHome,
        name: login?.name ?? store.describe?.(name),
        kind: login?.kind,
        owner: login?.owner,
        expiresAt: login?.expiresAt,
        problem: isLogin(found) ? await problemOf(found) : found.problem,
      };
      if (isLogin(found)) logins.push({ other, found });
      else unusable.push(other);
    }
  }
  logins.sort(({ found: a }, { found: b }) =>
    isNewer(a, b) ? -1 : isNewer(b, a) ? 1 : 0
  );
  for (const { other, found } of logins) {
    const twin = known.find(({ login }) =>
      isSame(login.identity, found.identity) ||
      isSameLogin(place, login, found)
    );
    if (twin) other.beside = compare(place, found, twin);
    else known.push({ of: "found", login: found });
  }
  return [...logins.map((it) => it.other), ...unusable];
}

/** Returns the logins of the accounts, and that of the plain agent. */
async function listKnown(
  place: HomePlace,
  { slots, state }: Pick<Snapshot, "slots" | "state">,
): Promise<Known[]> {
  const known: Known[] = [];
  for (const index of slots) {
    const login = await readAccountLogin(place, { state }, index);
    if (isLogin(login)) known.push({ of: index, login });
  }
  const isAccounts = place.format.plain === "stays" &&
    state.plain !== undefined;
  const plain = await readLogin(place.plain, place);
  if (!isAccounts && isLogin(plain)) known.push({ of: "plain", login: plain });
  return known;
}

function compare(
  place: HomePlace,
  found: FoundLogin,
  { of, login }: Known,
): Beside {
  if (isNewer(found, login)) return { of, is: "newer" };
  return { of, is: isSameLogin(place, found, login) ? "same" : "older" };
}

/** The problem of a login that cannot become an account's. */
async function problemOf(
  { path, identity, login }: FoundLogin,
): Promise<string | undefined> {
  if (!login.isUsable) return "has ended";
  if (!identity) return "does not say whose it is";
  const { uid } = await runtime.files.info(path) ?? {};
  const isOurs = uid === undefined || uid === runtime.host.uid;
  return isOurs ? undefined : `belongs to user ${uid}`;
}

/** Returns the files of a store, with what stands for the star in each. */
async function filesOf(
  { files }: LoginStore,
): Promise<{ path: string; name: string }[]> {
  const [before = "", after = ""] = files.split("*");
  const folder = before.endsWith("/") ? before.slice(0, -1) : dirname(before);
  const prefix = before.endsWith("/") ? "" : basename(before);
  const [ending = "", ...inner] = after.split("/");
  const found: { path: string; name: string }[] = [];
  for (const entry of await ifThere(runtime.files.list(folder)) ?? []) {
    const end = entry.length - ending.length;
    const isHidden = prefix === "" && entry.startsWith(".");
    if (isHidden || !entry.startsWith(prefix) || !entry.endsWith(ending)) {
      continue;
    }
    const name = entry.slice(prefix.length, end);
    const path = [folder, entry, ...inner].join("/");
    const info = name && await ifThere(runtime.files.info(path));
    if (info) found.push({ path, name });
  }
  return found;
}

/** Returns `undefined` if there is nothing to import. */
async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (["EACCES", "ENOTDIR", "EPERM", "ELOOP"].includes(code)) {
      return undefined;
    }
    throw error;
  }
}
