import { invalidCredential } from "../../common_errors.ts";
import { dirname } from "../../disk/names.ts";
import {
  type HomeCall,
  type HomeResult,
  requireOwner,
  withVault,
} from "./home_logins.ts";
import {
  type FoundLogin,
  type HomePlace,
  isLogin,
  isSame,
  isSameLogin,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { readPlain } from "./plain_place.ts";
import { type Admission, admit } from "./settle_logins.ts";
import { closeStage, listStaged, readStored, stage } from "./staged.ts";

/** A call for a login that another program keeps. */
interface ImportCall extends HomeCall {
  /** The file in the store of the program. */
  path: string;
  /** Whether its folder is a home in which the agent runs. */
  isHome: boolean;
}

/** What became of the login. */
export interface ImportResult extends HomeResult {
  /** The account that it belongs to. */
  index: number;
  /** What became of it. */
  admission: Admission;
}

/**
 * Moves a login from the store of another program to its account, a new one or
 * the one with the same owner. An account uses only its newest login: an older
 * one is in the stash afterwards.
 *
 * @throws {FileError} If there is no usable login with a proven owner, or the
 * plain agent uses one of the same account that was not moved in; it stays where
 * it is.
 */
export async function importLogin(
  place: HomePlace,
  call: ImportCall,
): Promise<ImportResult> {
  const { path, isHome } = call;
  const homes = isHome ? [dirname(path)] : [];
  let admitted: { admission: Admission; owner?: number } | undefined;
  const result = await withVault(place, { ...call, homes }, async (vault) => {
    const found = await readStored(path, place);
    if (!isLogin(found)) throw invalidCredential(path, `it ${found.problem}`);
    await requireOwner(vault, found);
    await refuseTwin(vault, found);
    await stage(vault, found);
    for (const it of await listStaged(vault)) admitted = await admit(vault, it);
    await closeStage(vault);
  });
  if (admitted?.owner === undefined) {
    throw invalidCredential(path, "it changed meanwhile");
  }
  const { admission, owner } = admitted;
  return { ...result, index: owner, admission };
}

/**
 * Refuses a login if the plain agent has one of the same account, which was not
 * moved in.
 */
async function refuseTwin(vault: HomeVault, found: FoundLogin): Promise<void> {
  const { place, plain } = vault;
  const { login } = await readPlain(vault);
  if (!isLogin(login) || plain !== undefined) return;
  const isTwin = isSame(login.identity, found.identity) ||
    isSameLogin(place, login, found);
  if (!isTwin) return;
  const problem = `"${place.plain}" has a login of the same account`;
  throw invalidCredential(found.path, problem);
}
