import type { LoginIdentity } from "../../agents/home_login.ts";
import { digestOf } from "../../disk/bytes.ts";
import { dirname } from "../../disk/names.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import {
  type FoundLogin,
  homeFile,
  type HomePlace,
  type HomeRecord,
  isLogin,
  type NoLogin,
} from "./home_place.ts";

interface Known {
  place: HomePlace;
  record: Pick<HomeRecord, "accounts">;
}

/** The longest file that says whose login it is; some have a long history. */
const MAX_OWNER_BYTES = 32 * 1024 * 1024;

/**
 * Returns `found` with its identity, if its file does not name the owner but
 * that is proven otherwise. `index` is the account whose place it is in.
 *
 * - It is the same login as when its owner was proven.
 * - The agent itself says beside it whose login it uses, and that is the recorded
 *   owner. A login of somebody else would have changed what the agent says before
 *   it was written. In the plain place this proves nothing while the
 *   folder of the account has a login too: a run with that one may have changed
 *   the files beside the plain place.
 * - The agent says so in the folder of a new account, in which it has just logged
 *   in for the first time.
 */
export async function prove<T extends FoundLogin | NoLogin>(
  found: T | FoundLogin,
  known: Known,
  index: number | undefined,
): Promise<T | FoundLogin> {
  if (!isLogin(found) || found.identity) return found;
  if (!known.place.format.ownerFiles || !found.login.isUsable) return found;
  const digest = await digestOfTokens(found, known.place);
  const { accounts } = known.record;
  const same = accounts.values().find((it) => it?.digest === digest);
  const identity = same ?? await identityBeside(found, known, index);
  return identity ? { ...found, identity: { ...identity, digest } } : found;
}

async function identityBeside(
  found: FoundLogin,
  { place, record: { accounts } }: Known,
  index: number | undefined,
): Promise<LoginIdentity | undefined> {
  if (index === undefined) return undefined;
  const ofFolder = homeFile(place, index);
  const recorded = accounts.get(index);
  if (found.path !== ofFolder) {
    if (!recorded || await runtime.files.info(ofFolder)) return undefined;
  }
  const owner = await ownerBeside(found, place);
  if (owner === undefined) return undefined;
  const identity = { kind: found.login.kind, owner };
  if (!recorded) return identity;
  const isRecorded = recorded.kind === identity.kind &&
    recorded.owner === owner;
  return isRecorded ? identity : undefined;
}

/** Returns the owner that all files beside a login name that name one. */
async function ownerBeside(
  { path }: FoundLogin,
  { format }: HomePlace,
): Promise<string | undefined> {
  const owners = new Set<string | undefined>();
  for (const file of format.ownerFiles?.paths(dirname(path)) ?? []) {
    try {
      const bytes = await runtime.files.read(file, MAX_OWNER_BYTES);
      if (bytes) owners.add(format.ownerFiles?.ownerIn(bytes));
    } catch (error) {
      const isUnreadable = error instanceof SyntaxError ||
        errorCode(error) !== undefined;
      if (!isUnreadable) throw error;
      return undefined;
    }
  }
  const [owner, ...others] = owners;
  return others.length === 0 ? owner : undefined;
}

/** Returns a digest of the token that each refresh replaces. */
export async function digestOfTokens(
  { bare, bytes }: FoundLogin,
  { format }: Pick<HomePlace, "format">,
): Promise<string> {
  const token = format.imports?.refreshToken(bytes);
  const secret = token === undefined ? bare : new TextEncoder().encode(token);
  return `sha256:${(await digestOf(secret)).slice(0, 16)}`;
}
