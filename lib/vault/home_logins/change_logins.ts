/**
 * Changes logins in folders within an update. Each change also updates the
 * record in `state.yaml`, and tells the user what it has found.
 *
 * @module
 */

import { basename } from "../../disk/names.ts";
import { invocation } from "../../program.ts";
import { realSystem } from "../../system/system.ts";
import { nameIn } from "../account_name.ts";
import { blockAccount, LOGIN_NEEDED } from "../block.ts";
import type { Locked } from "../locked.ts";
import type { HomeCall, HomeResult } from "./home_call.ts";
import { restoreLogin, unlinkPlain } from "./home_logins.ts";
import type { HomeChange, HomePlace } from "./home_place.ts";
import { loginAccounts, placeOf, recordIn } from "./login_accounts.ts";
import { isInUse, requireNoPlainProcess } from "./users.ts";
import { listRuns } from "../settle/runs.ts";
import { runtime } from "../../system/mod.ts";

/**
 * Replaces the link of the plain agent with the login that it points to, until
 * the next update. The login is moved: of two copies, the refresh of one would
 * invalidate the other. Returns the account; `undefined` if there is no such
 * link.
 *
 * @throws {BusyError} If a process of the plain agent is running.
 */
export async function unlinkPlainLogin(
  locked: Locked,
): Promise<number | undefined> {
  const { layout: { agent }, state } = locked;
  const isLinked = agent.homes.login?.plain === "link" &&
    state.plain !== undefined;
  if (!isLinked) return undefined;
  const doing = `move the login of plain ${agent.program} back`;
  await requireNoPlainProcess(locked, doing, { canForce: false });
  await changeLogins(locked, unlinkPlain);
  return locked.state.plain;
}

/**
 * Gives account `index` the kept login at `path`, or that of the plain agent.
 *
 * @throws {FileError} If it is not usable, or its owner is not proven.
 */
export async function restoreKeptLogin(
  locked: Locked,
  { index, path }: { index: number; path: string },
): Promise<void> {
  await changeLogins(
    locked,
    (place, call) => restoreLogin(place, { ...call, index, path }),
    { isTold: (it) => !(it.kind === "adopted" && it.account === index) },
  );
}

/**
 * Changes logins, and what `state.yaml` says about them. Tells the user about
 * each change that `isTold` accepts.
 */
export async function changeLogins<T extends HomeResult>(
  locked: Locked,
  act: (place: HomePlace, call: HomeCall) => Promise<T>,
  { check, isTold = () => true }: Pick<HomeCall, "check"> & {
    isTold?: (found: HomeChange, result: T) => boolean;
  } = {},
): Promise<T> {
  const known = placeOf(locked);
  if (!known) throw new TypeError("the agent keeps no logins in folders");
  const { notify, clock } = locked;
  const busy = (await listRuns(locked.layout, { kind: "login" }))
    .map((it) => it.account);
  const taken = [...known.taken ?? [], ...busy];
  const record = recordIn(locked);
  const system = { ...realSystem, now: clock };
  const result = await act(
    { ...known, taken, busy },
    { record, notify, system, check, isInUse: (it) => isInUse(locked, it) },
  );
  const { plain, managesPlain = false, accounts } = result.record;
  const logins = new Map(
    new Set([...record.accounts.keys(), ...accounts.keys()]).values()
      .map((it) => [it, accounts.get(it)] as const),
  );
  locked.vault.setLogins({ plain, managesPlain, logins });
  const { layout, state } = locked;
  const names = await runtime.files.list(layout.accounts);
  locked.vault.setSlots(await loginAccounts(layout, names, state));
  for (const it of result.changes) {
    if (isTold(it, result)) tell(locked, it, record.accounts);
  }
  return result;
}

/** Tells the user what was found; `known` had a login before. */
function tell(
  locked: Locked,
  found: HomeChange,
  known: ReadonlyMap<number, unknown>,
): void {
  const { layout: { agent: { program } }, notify, record } = locked;
  const account = "account" in found ? found.account : undefined;
  const name = account === undefined ? "" : nameIn(locked, account);
  const logIn = `${invocation()} login ${account}`;
  const note = (event: string, reason: string) =>
    record({ level: "warn", event, to: account, reason });
  switch (found.kind) {
    case "adopted":
      note("credential_adopted", "found outside its folder");
      return notify(
        known.has(found.account)
          ? `found a login of ${name}, and moved it there`
          : `found a login of another owner, which is now ${name}`,
      );
    case "brought-back":
      note("credential_restored", "another login replaced it");
      return notify(
        `${name} has its earlier login again, which another login had replaced`,
      );
    case "login-needed":
      blockAccount(locked, found.account, LOGIN_NEEDED);
      return notify(`${name} needs a login: ${logIn}`);
    case "logged-out":
      return notify(
        `plain ${program} has logged out of ${name}, ` +
          `which may have ended that login: ${logIn}`,
      );
    case "stashed":
      note("credential_stashed", "it does not say whose it is");
      return notify(
        `a login that does not say whose it is was moved to the stash, as ` +
          basename(found.path),
      );
    case "unproven":
      return notify(
        `plain ${program} has a login that does not say whose it is; it stays ` +
          "there and is not an account",
      );
  }
}
