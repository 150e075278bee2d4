import type { HomeLogin, LoginIdentity } from "../../agents/home_login.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Fault } from "../../disk/permissions.ts";
import { accountPath, folderIndex } from "../../disk/names.ts";
import { accountState, type State } from "../../ledger/state.ts";
import { runtime } from "../../system/mod.ts";
import { listRuns } from "../settle/runs.ts";
import {
  findFolderFault,
  type FoundLogin,
  homeFile,
  homeFolder,
  type HomePlace,
  type HomeRecord,
  isLogin,
  type NoLogin,
  readLogin,
  readStoreLogin,
  storeOf,
} from "./home_place.ts";
import { prove } from "./proof.ts";

interface Known {
  layout: Layout;
  keys: readonly number[];
  state: State;
}

/** Whether each login of the agent lies in a folder of its account. */
export function hasLoginFolders({ agent }: Pick<Layout, "agent">): boolean {
  return agent.homes.login !== undefined;
}

/** Returns where the logins are; `undefined` without logins in folders. */
export function placeOf(
  { layout, keys = [] }: Pick<Known, "layout"> & Partial<Pick<Known, "keys">>,
): HomePlace | undefined {
  const format = layout.agent.homes.login;
  if (!format) return undefined;
  return {
    accounts: layout.accounts,
    plain: `${layout.home}/${format.file}`,
    format,
    taken: keys,
  };
}

/** Returns what `state` says about the logins in folders. */
export function recordIn(
  { keys, state }: Pick<Known, "keys" | "state">,
): HomeRecord {
  const accounts = new Map<number, LoginIdentity | undefined>();
  for (const [index, { login }] of state.accounts) {
    if (!keys.includes(index)) accounts.set(index, login);
  }
  const { plain, managesPlain } = state;
  return { plain, managesPlain, accounts };
}

/**
 * Returns the accounts with a login in a folder, ascending: those whose owner is
 * recorded, even if the login is gone, and those that have one for the first
 * time, unless the agent is still logging in there. `names` are the entries of
 * the folder of the accounts.
 */
export async function loginAccounts(
  layout: Layout,
  names: readonly string[],
  state: State,
): Promise<number[]> {
  const place = placeOf({ layout });
  if (!place) return [];
  const found = new Set<number>();
  for (const [index, { login }] of state.accounts) if (login) found.add(index);
  const busy = (await listRuns(layout, { kind: "login" }))
    .map((it) => it.account);
  for (const name of names) {
    const index = folderIndex(name);
    if (index === undefined || found.has(index)) continue;
    if (busy.includes(index)) continue;
    const folder = await runtime.files.info(homeFolder(place, index));
    if (folder?.kind !== "folder") continue;
    if (await runtime.files.info(homeFile(place, index))) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

/** Returns the word in messages for where an account has its login or key. */
export function placeName(
  { layout, keys }: Pick<Known, "layout" | "keys">,
  index: number,
): "slot" | "login" {
  return hasLoginFolders({ agent: layout.agent }) && !keys.includes(index)
    ? "login"
    : "slot";
}

/** Returns the path of the login or the key of account `index`. */
export function credentialPath(known: Known, index: number): string {
  const place = placeOf(known);
  return !place || known.keys.includes(index)
    ? accountPath(known, index)
    : loginPath(place, known, index);
}

/** Returns the folder that the agent uses for the login of account `index`. */
export function loginStore(known: Known, index: number): string | undefined {
  const place = placeOf(known);
  if (!place || known.keys.includes(index)) return undefined;
  return storeOf(place, known.state, index);
}

/** Returns why the folder of account `index` must not be used. */
export async function storeFault(
  known: Known,
  index: number,
): Promise<Fault | undefined> {
  const place = placeOf(known);
  if (!place) return undefined;
  const store = loginStore(known, index);
  return store === homeFolder(place, index)
    ? await findFolderFault(place, index)
    : undefined;
}

/** The problem of a login that the next update moves to its own account. */
export const OTHER_OWNER = "is that of another owner";

/** How the agent gets to the login in a folder. */
export interface LoginPlace {
  /** The variables that it needs; none for the login of the plain agent. */
  variables: Readonly<Record<string, string>>;
  /** Whether the folder is its home, and not the store of its login alone. */
  isHome: boolean;
}

/** Returns how this version of the agent gets to the login in `store`. */
export function loginPlace(
  { home, agent: { homes } }: Layout,
  { store, version }: { store: string; version: string | undefined },
): LoginPlace {
  if (!homes.login || store === home) return { variables: {}, isHome: false };
  const variables = homes.login.variables(store, version);
  const isHome = Object.keys(homes.variables(store))
    .every((it) => it in variables);
  return { variables, isHome };
}

/** Reads the login of account `index`, wherever it is. */
export async function readAccountLogin(
  place: HomePlace,
  known: Pick<Known, "state">,
  index: number,
): Promise<FoundLogin | NoLogin> {
  const { login } = accountState(known.state, index);
  const record = { accounts: new Map([[index, login]]) };
  const file = await readStoreLogin(place, known.state, index);
  const found = await prove(file, { place, record }, index);
  const isOther = isLogin(found) && login !== undefined &&
    found.identity?.owner !== login.owner;
  if (!isOther) return found;
  const { path } = found;
  return { path, problem: OTHER_OWNER, isThere: true };
}

function loginPath(
  place: HomePlace,
  { state }: Pick<Known, "state">,
  index: number,
): string {
  return `${storeOf(place, state, index)}/${place.format.file}`;
}

/** A login of the plain agent that belongs to no account. */
export interface PlainLogin {
  /** Its file. */
  path: string;
  /** What kind of login it is; `undefined` if the file cannot be read. */
  kind: HomeLogin["kind"] | undefined;
  /** What a user recognizes it by, masked. */
  name: string | undefined;
  /** Why it cannot become an account; completes "it ...". */
  problem: string | undefined;
}

/** Returns the login of the plain agent, unless it is an account's. */
export async function findPlainLogin(
  { layout, keys, state }: Known,
): Promise<PlainLogin | undefined> {
  const place = placeOf({ layout, keys });
  if (!place || state.plain !== undefined) return undefined;
  const { plain: path } = place;
  if (await runtime.files.readLink(path) !== undefined) return undefined;
  const found = await readLogin(path, place);
  if (!found.isThere) return undefined;
  if (!isLogin(found)) {
    return { path, kind: undefined, name: undefined, problem: found.problem };
  }
  const { kind, name, isUsable } = found.login;
  const problem = kind === "api-key"
    ? "has an API key, not a login"
    : !isUsable
    ? "has a login that has ended"
    : found.identity
    ? undefined
    : "does not say whose login it is";
  return { path, kind, name, problem };
}
