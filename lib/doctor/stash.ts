import { isUnusableFile } from "../disk/permissions.ts";
import { shellWord } from "../accounts/fix_of.ts";
import { sameBytes } from "../disk/bytes.ts";
import { nameAny, nameIn } from "../vault/account_name.ts";
import {
  type Found,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { listUndecided, outlivedBy } from "../vault/logins/doubt.ts";
import { hasLoginFolders } from "../vault/home_logins/login_accounts.ts";
import { basename } from "../disk/names.ts";
import { isKept } from "../vault/logins/generations.ts";
import { suspectsOf } from "../vault/logins/stash.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { contradictions, findOwner } from "../vault/logins/owner.ts";
import type { Rescued } from "../vault/settle/grants.ts";

const check = "stash";

/** The maximum number of accounts that a command names. */
const MOST_NAMED = 5;

/** Finds stashed files that need a decision by the user. */
export async function* examineStash(look: Look): AsyncIterable<Finding> {
  const { layout, slots } = look;
  if (hasLoginFolders(layout)) return;
  const isOutlived = outlivedBy(layout, slots);
  for (const path of await listUndecided(layout, slots)) {
    if (await isUnusableFile(path)) continue;
    const name = basename(path);
    const found = await readCredential(path, layout);
    if ("problem" in found) {
      const problem =
        `${name} in the stash is not a login: it ${found.problem}`;
      yield { check, problem, mend: `rm ${shellWord(path)}` };
      continue;
    }
    const suspects = suspectsOf(path, slots);
    const whose = suspects.length > 0
      ? `may belong to ${nameAny(look, suspects)}`
      : "belongs to an unknown account";
    const problem = `a login in the stash ${whose}: ${name}`;
    const mend = await isOutlived(found)
      ? look.fix
      : await commandFor(look, path, found);
    yield { check, problem, mend };
  }
}

/**
 * Returns the command for a stashed login. It never replaces a later login by
 * an earlier one. If the user must choose between accounts, it cannot run
 * unchanged.
 */
async function commandFor(
  look: Look,
  path: string,
  found: Found,
): Promise<string> {
  const { layout, slots, self } = look;
  const candidates: number[] = [];
  const later: number[] = [];
  const problemOf = await contradictions(layout, found, { slots });
  for (const index of suspectsOf(path, slots)) {
    if (await problemOf(index) !== undefined) continue;
    const slot = await readSlot(layout, index);
    const isLater = "credential" in slot &&
      slot.credential.expiresAt > found.credential.expiresAt;
    (isLater ? later : candidates).push(index);
  }
  const restore = (account: number | string) =>
    `${self} restore ${account} --stash ${shellWord(basename(path))}`;
  const outdated = () => moveAway(path, `${layout.root}/${basename(path)}`);
  const [only, another] = candidates;
  if (only !== undefined && another === undefined && later.length === 0) {
    return restore(only);
  }
  if (only !== undefined) {
    const instead = later.length > 0
      ? `; if it belongs to ${nameSome(look, later)}: ${await outdated()}`
      : "";
    return `${restore("N")}  # N: ${nameSome(look, candidates)}${instead}`;
  }
  const evidence = { slots, writers: new Set<number>() };
  const owner = await findOwner(layout, found, evidence);
  if (later.length > 0 || owner?.age === "older") {
    return await outdated();
  }
  const setup = `${self} setup ${shellWord(path)}`;
  if (owner || slots.length === 0) return setup;
  return `${setup}  # or, if it belongs to account N: ${restore("N")}`;
}

function nameSome(look: Look, accounts: readonly number[]): string {
  const named = nameAny(look, accounts.slice(0, MOST_NAMED));
  return accounts.length > MOST_NAMED ? `${named} or another one` : named;
}

/** Finds new tokens that could only be saved outside the folder. */
export async function* examineRescued(look: Look): AsyncIterable<Finding> {
  for (const it of look.rescued) {
    const found = await readCredential(it.path, look.layout);
    if ("problem" in found) {
      const problem = `${it.path} is not a login: it ${found.problem}`;
      yield { check: "rescued", problem, mend: await moveAway(it.path) };
    } else {
      yield { check: "rescued", ...await examineOne(look, it, found) };
    }
  }
}

/**
 * Returns what is wrong, and a command that fixes it without replacing a later
 * login by an earlier one.
 */
async function examineOne(
  look: Look,
  { path, index }: Rescued,
  found: Found,
): Promise<Omit<Finding, "check">> {
  const { layout, slots, self } = look;
  const file = shellWord(path);
  if (index === undefined || !slots.includes(index)) {
    const problem = `a new login could not be saved and is in ${path}`;
    return { problem, mend: `${self} setup ${file} && rm ${file}` };
  }
  const slot = await readSlot(layout, index);
  const isSaved = "bytes" in slot && sameBytes(slot.bytes, found.bytes) ||
    await isKept(layout, index, found.bytes);
  if (isSaved) {
    const problem = `${nameIn(look, index)} has the login in ${path} by now`;
    return { problem, mend: `rm ${file}` };
  }
  const problem = `new tokens of ${
    nameIn(look, index)
  } could not be saved and are in ${path}`;
  const isLater = "credential" in slot &&
    slot.credential.expiresAt > found.credential.expiresAt;
  if (isLater) {
    const mend = await moveAway(path);
    return { problem: `${problem}; it has later ones`, mend };
  }
  const stash = shellWord(layout.stash);
  const restore = `${self} restore ${index} --stash ${basename(path)}`;
  const mend = `mkdir -p -m 700 ${stash} && mv ${file} ${stash} && ${restore}`;
  return { problem, mend };
}
