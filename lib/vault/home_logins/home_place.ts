import type {
  HomeLogin,
  HomeLoginFormat,
  LoginIdentity,
} from "../../agents/home_login.ts";
import { digestOf, sameBytes } from "../../disk/bytes.ts";
import { basename, dirname, folderIndex } from "../../disk/names.ts";
import { FOLDER_MODE } from "../../disk/layout.ts";
import {
  type Fault,
  findFault,
  KIND_NAMES,
  readProblem,
} from "../../disk/permissions.ts";
import { runtime } from "../../system/mod.ts";
import { MAX_CREDENTIAL_BYTES } from "../logins/credential_file.ts";

/** Where an agent's logins are. */
export interface HomePlace {
  /** The folder with a folder for each account, such as `1/`. */
  accounts: string;
  /** The file of the plain agent. */
  plain: string;
  /** How the agent keeps a login. */
  format: HomeLoginFormat;
  /** Numbers that a new account must not get. @default none */
  taken?: readonly number[] | undefined;
  /** The folders in which the agent is logging in. @default none */
  busy?: readonly number[] | undefined;
}

/** What is recorded about the accounts; the caller saves it after each call. */
export interface HomeRecord {
  /** The account whose login the plain agent uses, if it is one of them. */
  plain: number | undefined;
  /**
   * Whether a login that appears in the plain place becomes an account's: it
   * holds an account's login, or did so until the agent logged out.
   *
   * @default whether `plain` is set
   */
  managesPlain?: boolean | undefined;
  /** Whose login each account has; `undefined` if it never had one. */
  accounts: ReadonlyMap<number, LoginIdentity | undefined>;
}

/** A login in a file. */
export interface FoundLogin {
  path: string;
  isThere: true;
  /** The content of the file, decoded. Secret. */
  bytes: Uint8Array;
  /** The login without what belongs to no account. Secret. */
  bare: Uint8Array;
  login: HomeLogin;
  /** Whose it is; `undefined` if that cannot be proven. */
  identity: LoginIdentity | undefined;
}

/** A file that has no login. */
export interface NoLogin {
  /** Where it is, or would be. */
  path: string;
  problem: string;
  /** Whether there is something under that name. */
  isThere: boolean;
}

/** What a call has done besides what it was asked for. */
export type HomeChange =
  /** A login that was found became the account's, new or known. */
  | { kind: "adopted"; account: number }
  /** The login of the account was overwritten; an earlier one is back. */
  | { kind: "brought-back"; account: number }
  /** The login of the account is gone: somebody must log in. */
  | { kind: "login-needed"; account: number }
  /** The plain agent has logged out, or somebody has removed the link. */
  | { kind: "logged-out"; account: number }
  /** A file without a proven owner is in the stash. */
  | { kind: "stashed"; path: string }
  /** The plain agent has a login without a proven owner; it stays there. */
  | { kind: "unproven" };

/** Turns the content of a file into what the agent would read. */
type Decode = (bytes: Uint8Array) => Uint8Array;

/** The file of a user with 1,000 projects has some megabytes. */
export const MAX_MIXED_BYTES = 64 * 1024 * 1024;

const EMPTY = new Uint8Array();

/** Returns the folder of account `index`. */
export function homeFolder({ accounts }: HomePlace, index: number): string {
  return `${accounts}/${index}`;
}

/** Returns the file with the login of account `index`, in its folder. */
export function homeFile(place: HomePlace, index: number): string {
  return `${homeFolder(place, index)}/${place.format.file}`;
}

/** Returns the folder that account `index` uses for its login. */
export function storeOf(
  place: HomePlace,
  { plain }: { plain?: number | undefined },
  index: number,
): string {
  const isThere = place.format.plain === "stays" && plain === index;
  return isThere ? dirname(place.plain) : homeFolder(place, index);
}

/** Returns the numbers of the folders in which the agent is not logging in. */
export async function listFolders(place: HomePlace): Promise<number[]> {
  const { busy = [] } = place;
  const folders: number[] = [];
  for (const index of await listNumbers(place)) {
    if (busy.includes(index)) continue;
    const info = await runtime.files.info(homeFolder(place, index));
    if (info?.kind === "folder") folders.push(index);
  }
  return folders;
}

/** Returns the numbers that are names in the folder of the accounts, ascending. */
export async function listNumbers({ accounts }: HomePlace): Promise<number[]> {
  const names = await runtime.files.list(accounts);
  return names.map(folderIndex).filter((it) => it !== undefined)
    .sort((a, b) => a - b);
}

/** Returns why the folder of account `index` is unsafe, such as a link. */
export async function findFolderFault(
  place: HomePlace,
  index: number,
): Promise<Fault | undefined> {
  const folder = homeFolder(place, index);
  const fault = await findFault(folder, "folder", FOLDER_MODE);
  return fault?.kind === "foreign" ? fault : undefined;
}

/** Reads the login in the folder of account `index`, unless that is unsafe. */
export async function readFolderLogin(
  place: HomePlace,
  index: number,
): Promise<FoundLogin | NoLogin> {
  const path = homeFile(place, index);
  const fault = await findFolderFault(place, index);
  if (!fault) return await readLogin(path, place);
  const problem = `is in "${index}", which ${fault.problem}`;
  return { path, problem, isThere: false };
}

/** Reads the login of account `index`, in its folder or in the plain place. */
export async function readStoreLogin(
  place: HomePlace,
  record: { plain?: number | undefined },
  index: number,
): Promise<FoundLogin | NoLogin> {
  return place.format.plain === "stays" && record.plain === index
    ? await readLogin(place.plain, place)
    : await readFolderLogin(place, index);
}

/** Reads a login, never through a link; `decode` prepares the bytes. */
export async function readLogin(
  path: string,
  { format }: Pick<HomePlace, "format">,
  { decode = (bytes) => bytes }: { decode?: Decode | undefined } = {},
): Promise<FoundLogin | NoLogin> {
  const info = await runtime.files.info(path);
  if (!info) return { path, problem: "is not there", isThere: false };
  const not = (problem: string) => ({ path, problem, isThere: true });
  if (info.kind !== "file") {
    return not(`is a ${KIND_NAMES[info.kind]}, not a file`);
  }
  try {
    const content = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!content) return { path, problem: "is not there", isThere: false };
    const bytes = decode(content);
    const login = format.parse(bytes);
    const bare = format.exchange?.(EMPTY, bytes).plain ?? bytes;
    const identity = await identityOf(login, bare);
    return { path, isThere: true, bytes, bare, login, identity };
  } catch (error) {
    return not(readProblem(error));
  }
}

/** A login of a plan changes with each refresh; others never change. */
async function identityOf(
  { kind, owner }: HomeLogin,
  bare: Uint8Array,
): Promise<LoginIdentity | undefined> {
  if (owner !== undefined) return { kind, owner };
  if (kind === "plan") return undefined;
  return { kind, owner: `sha256:${(await digestOf(bare)).slice(0, 16)}` };
}

/** Whether a file has a login. */
export function isLogin(file: FoundLogin | NoLogin): file is FoundLogin {
  return "login" in file;
}

/** Whether two identities are proven and belong to the same account. */
export function isSame(
  a: LoginIdentity | undefined,
  b: LoginIdentity | undefined,
): boolean {
  return a !== undefined && a.kind === b?.kind && a.owner === b.owner;
}

/** Whether one file is a copy of the login in the other. */
export function isCopy(a: FoundLogin, b: FoundLogin): boolean {
  return sameBytes(a.bare, b.bare);
}

/**
 * Whether `incoming` should replace `existing`, a login of the same account:
 * whether it was granted later. If the files do not say which one was, the one
 * that expires later.
 */
export function mayReplace(
  { login: incoming }: FoundLogin,
  { login: existing }: FoundLogin,
): boolean {
  if (incoming.isUsable !== existing.isUsable) return incoming.isUsable;
  const grantedLater = Number(incoming.grantedAt) - Number(existing.grantedAt);
  if (grantedLater) return grantedLater > 0; // neither 0 nor NaN
  const { expiresAt: a = Infinity } = incoming;
  const { expiresAt: b = 0 } = existing;
  return a >= b;
}

/** Whether `a` was granted later than `b`, a login of the same account. */
export function isNewer(a: FoundLogin, b: FoundLogin): boolean {
  return mayReplace(a, b) && !mayReplace(b, a);
}

/**
 * Whether two files have the same login: a refresh spends the refresh token of
 * both. A program that keeps a login may write it in another form.
 */
export function isSameLogin(
  { format }: Pick<HomePlace, "format">,
  a: FoundLogin,
  b: FoundLogin,
): boolean {
  if (isCopy(a, b)) return true;
  const [token, other] = [a, b].map(({ bytes }) =>
    format.imports?.refreshToken(bytes)
  );
  return token !== undefined && token === other;
}

/** Returns the text of a link at the plain place to the login of `index`. */
export function linkTarget(place: HomePlace, index: number): string {
  const { accounts, plain, format } = place;
  const isBeside = dirname(accounts) === dirname(plain);
  const folder = isBeside ? basename(accounts) : accounts;
  return `${folder}/${index}/${format.file}`;
}

/** Returns the account that a link at the plain place points to, if any. */
export function linkedAccount(
  place: HomePlace,
  target: string,
): number | undefined {
  const index = Number(basename(dirname(target)));
  const isOurs = target === linkTarget(place, index) ||
    target === homeFile(place, index);
  return isOurs ? index : undefined;
}
