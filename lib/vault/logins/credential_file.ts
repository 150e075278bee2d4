import {
  type ApiKey,
  formatApiKey,
  parseApiKey,
  withoutOwnPath,
} from "../../agents/api_key.ts";
import { MAX_ENV_FILE_BYTES } from "../../agents/env_file.ts";
import type { Credential } from "../../agents/formats.ts";
import { inBatches, writeAtomic } from "../../disk/files.ts";
import { digestOf } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { keySlotIndex, keySlotPath, slotPath } from "../../disk/names.ts";
import { findFault, readProblem } from "../../disk/permissions.ts";
import { runtime, unlessRefused } from "../../system/mod.ts";

/** A credential in a file. */
export interface Found {
  bytes: Uint8Array;
  credential: Credential;
}

/** Why a file does not contain a credential. */
export interface NotFound {
  problem: string;
}

/** The problem of an empty file. */
export const EMPTY = "is empty";

/** The problem of a login of an agent that reads none through a link. */
const NO_LOGIN = "is not a login that this agent can use";

/** A credential file has a few hundred bytes; a larger file is not one. */
export const MAX_CREDENTIAL_BYTES = 64 * 1024;

/** Reads the credential at `path`. Returns the problem if there is none. */
export async function readCredential(
  path: string,
  layout: Pick<Layout, "agent">,
): Promise<Found | NotFound> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!bytes) return { problem: "is not there" };
    if (bytes.length === 0) return { problem: EMPTY };
    const checked = checkCredential(bytes, layout);
    return "problem" in checked ? checked : { bytes, ...checked };
  } catch (error) {
    return { problem: readProblem(error) };
  }
}

/** Yields the credentials among the files at `paths`, in their order. */
export async function* readCredentials(
  paths: readonly string[],
  layout: Pick<Layout, "agent">,
): AsyncGenerator<Found & { path: string }, undefined> {
  for (const path of paths) {
    const found = await readCredential(path, layout);
    if ("bytes" in found) yield { ...found, path };
  }
}

/** Parses a credential. Returns the problem if it is not one. */
export function checkCredential(
  bytes: Uint8Array,
  { agent }: Pick<Layout, "agent">,
): { credential: Credential } | { problem: string } {
  try {
    if (!agent.login) return { problem: NO_LOGIN };
    return { credential: agent.login.parse(bytes) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    throw error;
  }
}

/** Reads the credential in the slot of account `index`. */
export async function readSlot(
  layout: Layout,
  index: number,
): Promise<Found | NotFound> {
  return await readCredential(slotPath(layout, index), layout);
}

/**
 * Reads the slot of the API-key account `index`. Refuses a link or a file of
 * another user: its base URL would decide where our requests go.
 */
export async function readKeySlot(
  layout: Layout,
  index: number,
): Promise<{ key: ApiKey } | { problem: string }> {
  return await readKeyFile(layout, keySlotPath(layout, index));
}

/** Reads a file in the format of an API-key slot, with the same checks. */
export async function readKeyFile(
  { agent }: Pick<Layout, "agent">,
  path: string,
): Promise<{ key: ApiKey } | { problem: string }> {
  try {
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind === "foreign") return { problem: fault.problem };
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    if (!bytes) return { problem: "is not there" };
    const key = await parseApiKey(bytes, agent.keys.names);
    // The user may have written it.
    const baseUrl = withoutOwnPath(key.baseUrl, agent.keys);
    return { key: { ...key, baseUrl } };
  } catch (error) {
    return { problem: readProblem(error) };
  }
}

/**
 * Returns the paths of the API-key slots, including those whose number an OAuth
 * slot has too.
 */
export async function listKeySlots(layout: Layout): Promise<string[]> {
  const names = await runtime.files.list(layout.accounts);
  return names.filter((it) => keySlotIndex(it) !== undefined)
    .map((it) => `${layout.accounts}/${it}`);
}

/**
 * Writes `key` to the slot of the API-key account `index`. The caller holds the
 * lock.
 *
 * @throws {SyntaxError} If a value is unusable; the message completes "it ...".
 */
export async function writeKeySlot(
  layout: Layout,
  index: number,
  key: ApiKey,
): Promise<void> {
  const bytes = formatApiKey(key, layout.agent.keys.names);
  await writeAtomic(keySlotPath(layout, index), bytes);
}

/**
 * Finds files by their content. Reads each file at most once, because the stash
 * and the generations may have thousands of files: comparing each file with
 * each other one would take minutes.
 *
 * Use an instance only while the lock is held, or for one reading without it.
 */
export class Contents {
  readonly #paths: readonly string[];
  #bySize: Promise<Paths<number>> | undefined;
  readonly #byDigest = new Map<number, Promise<Paths<string>>>();

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Returns the paths of the files that contain `bytes`, in their order. */
  async find(bytes: Uint8Array): Promise<readonly string[]> {
    this.#bySize ??= groupBy(this.#paths, sizeAt);
    const paths = (await this.#bySize).get(bytes.length);
    if (!paths) return [];
    let byDigest = this.#byDigest.get(bytes.length);
    if (!byDigest) {
      byDigest = groupBy(paths, digestAt);
      this.#byDigest.set(bytes.length, byDigest);
    }
    return (await byDigest).get(await digestOf(bytes)) ?? [];
  }
}

type Paths<K> = Map<K | undefined, string[]>;

async function groupBy<K>(
  paths: readonly string[],
  keyAt: (path: string) => Promise<K | undefined>,
): Promise<Paths<K>> {
  const keys = await inBatches(paths, keyAt);
  return Map.groupBy(paths, (_, at) => keys[at]);
}

async function sizeAt(path: string): Promise<number | undefined> {
  const info = await runtime.files.info(path);
  return info?.kind === "file" ? info.size : undefined;
}

/** A file that cannot be read, or is too large, has no digest. */
async function digestAt(path: string): Promise<string | undefined> {
  const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES)
    .catch(unlessRefused);
  return bytes && await digestOf(bytes);
}
