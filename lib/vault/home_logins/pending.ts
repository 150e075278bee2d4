import { accountState } from "../../ledger/state.ts";
import { realSystem } from "../../system/system.ts";
import { nameIn } from "../account_name.ts";
import type { Snapshot } from "../snapshot.ts";
import { isLogin, isSame, listFolders } from "./home_place.ts";
import { LOCKS_NEEDED } from "./home_files.ts";
import { HomeVault } from "./home_vault.ts";
import { placeOf, recordIn } from "./login_accounts.ts";
import { readPlain } from "./plain_place.ts";
import { settle } from "./settle_logins.ts";
import { isInUse } from "./users.ts";

type Known = Pick<Snapshot, "layout" | "keys" | "state">;

/**
 * Describes what the next update will do with what was left; changes nothing.
 */
export async function pendingChanges(known: Known): Promise<string[]> {
  const place = placeOf(known);
  if (!place) return [];
  const options = {
    now: realSystem.now(),
    notify: () => {},
    isInUse: (index: number) => isInUse(known, index),
  };
  const newVault = () => new HomeVault(place, recordIn(known), options);
  const pending = await findPending(newVault());
  if (!pending) return [];
  const vault = newVault();
  const found = [
    await describePlain(known, vault),
    ...await describeFolders(known, vault),
  ].filter((it) => it !== undefined);
  return found.length > 0 || pending === "record"
    ? found
    : ["an earlier command was interrupted: the next one finishes it"];
}

/** Returns what settling would change: a file, or only what is recorded. */
async function findPending(
  vault: HomeVault,
): Promise<"file" | "record" | undefined> {
  const { plain } = vault;
  try {
    await settle(vault);
    return vault.plain === plain ? undefined : "record";
  } catch (error) {
    if (error !== LOCKS_NEEDED) throw error;
    return "file";
  }
}

async function describePlain(
  known: Known,
  vault: HomeVault,
): Promise<string | undefined> {
  const { program } = known.layout.agent;
  const { target, login } = await readPlain(vault);
  const { plain } = vault;
  if (target === undefined && !login.isThere && plain !== undefined) {
    return `plain ${program} has logged out of ${nameIn(known, plain)}`;
  }
  if (target !== undefined || !isLogin(login)) return undefined;
  const owner = login.identity && await vault.find(login.identity);
  if (owner === undefined) {
    return login.identity && login.login.isUsable
      ? `plain ${program} has a login of another owner: the next command ` +
        "makes it an account"
      : `plain ${program} has a login that does not say whose it is`;
  }
  const name = nameIn(known, owner);
  if (owner !== plain) {
    return `plain ${program} has a login of ${name}: the next command ` +
      "makes that the account it uses";
  }
  return vault.place.format.plain === "stays"
    ? undefined
    : `the link of plain ${program} to ${name} is a file now: the next ` +
      "command makes it a link again";
}

/** Describes the folders with the login of another owner, or of another kind. */
async function describeFolders(
  known: Known,
  vault: HomeVault,
): Promise<string[]> {
  const found: string[] = [];
  for (const index of await listFolders(vault.place)) {
    const login = await vault.readFolder(index);
    const owner = accountState(known.state, index).login;
    if (!isLogin(login) || !owner || isSame(owner, login.identity)) continue;
    found.push(
      `${nameIn(known, index)} has a login that is not its own: the next ` +
        "command moves it to its account",
    );
  }
  return found;
}
