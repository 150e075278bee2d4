import { shellWord } from "../accounts/fix_of.ts";
import { nameAny } from "../vault/account_name.ts";
import {
  type Found,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { listUndecided, outlivedBy } from "../vault/logins/doubt.ts";
import { hasLoginFolders } from "../vault/home_logins/login_accounts.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { basename } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import { suspectsOf } from "../vault/logins/stash.ts";
import { type Finding, type Look, moveAway } from "./finding.ts";
import { contradictions, findOwner } from "../vault/logins/owner.ts";

const check = "stash";

/** The maximum number of accounts that a command names. */
const MOST_NAMED = 5;

/** Finds stashed files that need a decision by the user. */
export async function* examineStash(look: Look): AsyncIterable<Finding> {
  const { layout, slots } = look;
  if (hasLoginFolders(layout)) return;
  const isOutlived = outlivedBy(layout, slots);
  for (const path of await listUndecided(layout, slots)) {
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault && fault.kind !== "loose") continue; // found already
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
      ? `${look.self} doctor --fix`
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
