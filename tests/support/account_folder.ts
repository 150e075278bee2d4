import { basics } from "../../lib/agents/qwen/basics.ts";
import { layoutAt, type LinkedLayout } from "../../lib/disk/layout.ts";
import { keySlotPath, slotPath } from "../../lib/disk/names.ts";
import { accessToken, refreshToken } from "./home.ts";
import {
  addGeneration,
  generationPaths,
  replaceLogin,
  stashPaths,
} from "./kept_files.ts";
import {
  type AccountKeys,
  type StateKeys,
  stateTime,
  writeState,
} from "./state.ts";
import { tempDir, type TempDirOptions } from "./temp_dir.ts";

import "./load_libc.ts";
export { namesIn } from "./names_in.ts";

/** The time in tests, as text and in epoch milliseconds. */
export const TIME = "2026-11-21T08:35:00Z";
export const NOW: number = Date.parse(TIME);

/** A time after the slots were written: a later write removes a block. */
export const FUTURE: string = stateTime(Date.now() + 86_400_000);

/** What `state.yaml` says of an account that needs a login. */
export const NEEDS_LOGIN: AccountKeys = {
  blocked: "login needed",
  blocked_since: FUTURE,
};

/** The content of a folder of accounts. */
export interface AccountFolderOptions extends TempDirOptions {
  /** The accounts that have a slot. @default none, and no folder either */
  accounts?: readonly number[];
  /** The accounts that have a slot with an API key. @default none */
  keys?: readonly number[];
  /** The account that the live file links to. @default no live file */
  active?: number;
  /**
   * The keys of `state.yaml` that differ from a new one.
   *
   * @default no such file
   */
  state?: StateKeys;
}

/** A temporary folder like `~/.qwen` that is removed after the test. */
export interface AccountFolder extends AsyncDisposable {
  /** The folder. */
  path: string;
  /** The paths in it. */
  layout: LinkedLayout;
  /** Writes a file, by default the live file in place of the link. */
  put(bytes: Uint8Array, path?: string): Promise<void>;
  /** The content of the slot of account `index`. */
  slot(index: number): Promise<Uint8Array>;
  /**
   * Gives account `index` a new login, as a refresh does: the one before is
   * among its generations.
   */
  renew(index: number, bytes: Uint8Array): Promise<void>;
  /** Makes `bytes` the newest generation of account `index`. */
  keep(index: number, bytes: Uint8Array): Promise<void>;
  /** The generations of that slot, newest first. */
  generations(index: number): Promise<Uint8Array[]>;
  /** The stashed contents, oldest first. */
  stash(): Promise<Uint8Array[]>;
  /** Every credential in it, by the name below the folder, without links. */
  credentials(): Promise<Record<string, string>>;
  /** The lines of the log. */
  events(): Promise<Record<string, unknown>[]>;
}

/** Makes a folder of accounts with the right modes. */
export async function accountFolder(
  { accounts = [], keys = [], active, state, ...options }:
    AccountFolderOptions = {},
): Promise<AccountFolder> {
  const dir = await tempDir(options);
  const path = `${dir.path}/.qwen`;
  const layout = layoutAt(path, { agent: basics });
  if (accounts.length > 0 || keys.length > 0 || active !== undefined) {
    await Deno.mkdir(layout.accounts, { recursive: true, mode: 0o700 });
  }
  const put = async (bytes: Uint8Array, path = layout.live) => {
    await Deno.remove(path).catch(() => {});
    await Deno.writeFile(path, bytes, { mode: 0o600 });
  };
  for (const it of accounts) {
    await Deno.writeFile(slotPath(layout, it), credential(it), { mode: 0o600 });
  }
  for (const it of keys) await writeKeySlot(path, it);
  if (active !== undefined) {
    const target = `accounts/oauth_creds_${active}.json`;
    await Deno.symlink(target, layout.live);
  }
  if (state) await writeState(layout.state, state);
  return {
    path,
    layout,
    put,
    slot: (index) => Deno.readFile(slotPath(layout, index)),
    renew: (index, bytes) => replaceLogin(layout, { index, bytes }),
    keep: (index, bytes) => addGeneration(layout, { index, bytes }),
    generations: (index) => contentsOf(generationPaths(layout, index)),
    stash: () => contentsOf(stashPaths(layout)),
    credentials: () => credentialsIn(path),
    events: () => linesOf(layout.log),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** The fields in which credentials of one account differ. */
export interface CredentialOptions {
  /** @default that of `home.ts` */
  accessToken?: string;
  /** @default that of `home.ts` */
  refreshToken?: string;
  /** Epoch milliseconds. @default an hour after `NOW` */
  expiresAt?: number;
}

/** The credential file of account `index`. */
export function credential(
  index: number,
  options: CredentialOptions = {},
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    access_token: options.accessToken ?? accessToken(index),
    refresh_token: options.refreshToken ?? refreshToken(index),
    token_type: "Bearer",
    resource_url: "portal.qwen.ai",
    expiry_date: options.expiresAt ?? NOW + 3_600_000,
  }));
}

/** The key of the API-key account `index`. */
export function apiKey(index: number): string {
  return `secret-api-key-${index}-x7Kq`;
}

/** The text of the slot of the API-key account `index`. */
export function keySlot(
  index: number,
  baseUrl = `https://provider-${index}.invalid/v1`,
): string {
  return `OPENAI_API_KEY='${apiKey(index)}'\n` +
    `OPENAI_BASE_URL='${baseUrl}'\n` +
    "OPENAI_MODEL='qwen3'\n";
}

/** Writes the slot of the API-key account `index` into the folder `dir`. */
export async function writeKeySlot(
  dir: string,
  index: number,
  baseUrl?: string,
): Promise<void> {
  const path = keySlotPath(layoutAt(dir), index);
  await Deno.writeTextFile(path, keySlot(index, baseUrl), { mode: 0o600 });
}

/** The text of some bytes. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The permission bits of a file, such as `"0600"`. */
export async function modeOf(path: string): Promise<string> {
  const { mode } = await Deno.lstat(path);
  return `0${((mode ?? 0) & 0o777).toString(8)}`;
}

/** The objects in a file of JSON lines, each of which must be whole. */
export async function linesOf(
  path: string,
): Promise<Record<string, unknown>[]> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  if (lines.pop() !== "") throw new Error(`The last line of ${path} is torn`);
  return lines.map((it) => JSON.parse(it));
}

async function contentsOf(paths: Promise<string[]>): Promise<Uint8Array[]> {
  return await Promise.all((await paths).map((it) => Deno.readFile(it)));
}

async function credentialsIn(
  folder: string,
  prefix = "",
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      Object.assign(found, await credentialsIn(path, `${prefix}${name}/`));
    } else if (isFile && /oauth_creds|api_key/.test(name)) {
      found[`${prefix}${name}`] = await Deno.readTextFile(path);
    }
  }
  return found;
}
