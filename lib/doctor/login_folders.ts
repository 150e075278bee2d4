import { FOLDER_MODE } from "../disk/layout.ts";
import { basename, dirname } from "../disk/names.ts";
import { findFault, isUnusableFile, KIND_NAMES } from "../disk/permissions.ts";
import { shellWord, wordFor } from "../accounts/fix_of.ts";
import { runtime } from "../system/mod.ts";
import { accountState } from "../ledger/state.ts";
import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { STALE_AGENT_LOCK_MS } from "../vault/settle/agent_locks.ts";
import {
  homeFolder,
  type HomePlace,
  isLogin,
  isSame,
  linkedAccount,
  listNumbers,
  readLogin,
} from "../vault/home_logins/home_place.ts";
import {
  credentialPath,
  loginStore,
  OTHER_OWNER,
  placeOf,
  readAccountLogin,
  storeFault,
} from "../vault/home_logins/login_accounts.ts";
import { pendingChanges } from "../vault/home_logins/pending.ts";
import { listGenerations } from "../vault/logins/generations.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import { listStash } from "../vault/logins/stash.ts";
import { listRuns } from "../vault/settle/runs.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { faultOfFolder } from "./files.ts";

const check = "logins";

/** Checks the logins of an agent that keeps each in a folder of its account. */
export async function* examineLoginFolders(
  look: Look,
): AsyncIterable<Finding> {
  const place = placeOf(look);
  if (!place) return;
  for (const problem of await pendingChanges(look)) {
    yield { check, problem, mend: look.fix };
  }
  yield* examinePlain(look, place);
  yield* examineFolders(look, place);
  yield* examineOwners(look);
  yield* examineStashed(look, place);
  yield* examineLocks(look, place);
}

/** Returns what is wrong with the login of account `index`, if anything. */
export async function findLoginFault(
  look: Look,
  index: number,
): Promise<Finding | undefined> {
  const place = placeOf(look);
  if (!place) return undefined;
  // Other checks find these two.
  if (await storeFault(look, index)) return undefined;
  if (await isUnusableFile(credentialPath(look, index))) return undefined;
  const found = await readAccountLogin(place, look, index);
  if (isLogin(found) && found.login.isUsable) return undefined;
  const problem = isLogin(found) ? "was refused" : found.problem;
  const isPending = problem === OTHER_OWNER ||
    await isInPlainPlace(look, place, index);
  if (isPending) return undefined;
  const { label, login } = accountState(look.state, index);
  const word = wordFor({ index, label }, nameAccounts(look));
  const command = await hasEarlier(look, place, index)
    ? `restore ${word}`
    : login?.kind === "token"
    ? `add --token --replace ${word}`
    : `login ${word}`;
  return {
    check,
    problem: `the login of ${nameIn(look, index)} ${problem}`,
    mend: `${look.self} ${command}`,
  };
}

/** Whether the login of account `index` is in the place of the plain agent. */
async function isInPlainPlace(
  { state }: Look,
  place: HomePlace,
  index: number,
): Promise<boolean> {
  const found = await readLogin(place.plain, place);
  const { login } = accountState(state, index);
  return state.plain !== undefined && isLogin(found) &&
    isSame(found.identity, login) && found.login.isUsable;
}

async function hasEarlier(
  { layout, state }: Look,
  place: HomePlace,
  index: number,
): Promise<boolean> {
  const { login } = accountState(state, index);
  for (const path of await listGenerations(layout, index)) {
    const kept = await readLogin(path, place);
    if (!isLogin(kept) || !kept.login.isUsable) continue;
    if (login === undefined || isSame(kept.identity, login)) return true;
  }
  return false;
}

/** Checks what the plain agent reads. */
async function* examinePlain(look: Look, place: HomePlace) {
  const info = await runtime.files.info(place.plain);
  if (!info || info.kind === "file") return;
  const target = await runtime.files.readLink(place.plain);
  const linked = target === undefined
    ? undefined
    : linkedAccount(place, target);
  const mayBeLink = place.format.plain === "link";
  if (!mayBeLink && look.state.plain !== undefined) return; // found already
  if (mayBeLink && linked !== undefined && look.slots.includes(linked)) return;
  const name = basename(place.plain);
  const problem = target === undefined
    ? `${name} is a ${KIND_NAMES[info.kind]}, not a file`
    : linked === undefined
    ? `${name} is a link to something else`
    : mayBeLink
    ? `${name} is a link to account ${linked}, which does not exist`
    : `${name} is a link, not a file`;
  const mend = linked !== undefined && mayBeLink
    ? `rm ${shellWord(place.plain)}`
    : await moveAway(place.plain);
  yield { check, problem, mend };
}

/** Checks the modes of the folders, and finds folders of no account. */
async function* examineFolders(look: Look, place: HomePlace) {
  const { layout, slots, state, fix } = look;
  const removed = (await listRemoved(layout)).map((it) => it.index);
  // An update takes the login of each of them, or removes the folder.
  const loggingIn = (await listRuns(layout, { kind: "login" }))
    .map((it) => it.account);
  for (const index of await listNumbers(place)) {
    const path = homeFolder(place, index);
    const fault = await findFault(path, "folder", FOLDER_MODE);
    if (fault) {
      yield await faultOfFolder(path, { fault, fix });
      continue;
    }
    const isKnown = slots.includes(index) || state.accounts.has(index) ||
      removed.includes(index) || loggingIn.includes(index);
    if (isKnown || (await runtime.files.list(path)).length === 0) continue;
    const problem = `${path} belongs to no account`;
    yield { check, problem, mend: await moveAway(path) };
  }
}

/** Finds accounts with logins of one owner: each would end the other. */
function* examineOwners(look: Look) {
  const { state, slots, self } = look;
  const seen: number[] = [];
  for (const index of slots) {
    const { login } = accountState(state, index);
    const twin = seen.find((it) =>
      isSame(accountState(state, it).login, login)
    );
    seen.push(index);
    if (twin === undefined) continue;
    const problem = `${nameIn(look, twin)} and ${
      nameIn(look, index)
    } have the same owner`;
    yield { check, problem, mend: `${self} remove ${index}` };
  }
}

/** Finds usable logins in the stash. The others cannot be used any more. */
async function* examineStashed(look: Look, place: HomePlace) {
  const { layout, slots, state, self } = look;
  for (const path of await listStash(layout)) {
    const found = await readLogin(path, place);
    if (!isLogin(found) || !found.login.isUsable) continue;
    const name = basename(path);
    const owner = slots.find((it) =>
      isSame(accountState(state, it).login, found.identity)
    );
    yield owner === undefined
      ? {
        check: "stash",
        problem: `a login in the stash does not belong to an account: ${name}`,
        mend: await moveAway(path, `${layout.root}/${name}`),
      }
      : {
        check: "stash",
        problem: `a login of ${nameIn(look, owner)} is in the stash: ${name}`,
        mend: `${self} restore ${owner} --stash ${shellWord(name)}`,
      };
  }
}

/** Finds locks that a killed agent left behind. */
async function* examineLocks(look: Look, place: HomePlace) {
  const { layout: { agent }, slots, now } = look;
  const stores = new Set([
    dirname(place.plain),
    ...slots.map((it) => loginStore(look, it)),
  ]);
  for (const store of stores) {
    if (store === undefined) continue;
    for (const { path, kind } of place.format.locks(store)) {
      const info = await runtime.files.info(path);
      if (kind !== "folder" || info?.kind !== "folder") continue;
      if (Math.abs(now - info.mtimeMs) < STALE_AGENT_LOCK_MS) continue;
      const problem = `${agent.program} left ${path} behind`;
      yield {
        check: `${agent.program}'s lock`,
        problem,
        mend: `rmdir ${shellWord(path)}`,
      };
    }
  }
}
