/**
 * A login by the agent itself, in a folder of its own. Its command holds no lock
 * meanwhile; a record says that the folder is busy, also after the command was
 * killed and as long as the agent is running.
 *
 * @module
 */

import { BusyError } from "../../errors.ts";
import { randomHex } from "../../disk/names.ts";
import { removeTree } from "../homes/homes.ts";
import { nameIn } from "../account_name.ts";
import type { Locked } from "../locked.ts";
import { mayBeUnderWay } from "../settle/holders.ts";
import { addRun, listRuns, removeRun, type Run } from "../settle/runs.ts";
import { runtime } from "../../system/mod.ts";
import { changeLogins } from "./change_logins.ts";
import { reserveHome, settleHomeLogins } from "./home_logins.ts";
import {
  homeFile,
  homeFolder,
  isLogin,
  isSame,
  readFolderLogin,
} from "./home_place.ts";
import { placeOf, recordIn } from "./login_accounts.ts";
import { type NewLogin, takeNewLogin } from "./new_logins.ts";
import { prove } from "./proof.ts";
import { followsPlain, requireNoRun } from "./users.ts";

/** The kind of its record. */
const LOGIN = { kind: "login" } as const;

interface EndedLogin extends Pick<NewLogin, "owner" | "problem"> {
  /** Why its owner does not have it yet: a later command gives it to them. */
  waitsFor?: BusyError | undefined;
}

/** Makes a folder in which the agent logs in; returns its number. */
export async function beginLogin(
  locked: Locked,
  run: Pick<Run, "id" | "process">,
): Promise<number> {
  const { index } = await changeLogins(locked, reserveHome);
  await addRun(locked.layout, { ...run, account: index }, LOGIN);
  return index;
}

/**
 * Takes the login in the folder of `run`, which has ended, and removes the folder
 * unless it is an account's now. If something uses the login that it replaces,
 * leaves it there: the agent could overwrite it with the earlier one.
 */
export async function endLogin(
  locked: Locked,
  { id, account: index }: Pick<Run, "id" | "account">,
  { mayReplaceUsed = true }: {
    /**
     * Whether to replace a login that a run uses, if the agent notices that.
     *
     * @default true
     */
    mayReplaceUsed?: boolean | undefined;
  } = {},
): Promise<EndedLogin> {
  const before = await findOwner(locked, index);
  if (before !== undefined) {
    const waitsFor = await findUse(locked, before, { mayReplaceUsed });
    if (waitsFor) {
      // The login no longer depends on a process.
      const left = { id: randomHex(8), account: index, process: "" };
      await addRun(locked.layout, left, LOGIN);
      await removeRun(locked.layout, { id, account: index }, LOGIN);
      return { owner: before, problem: undefined, waitsFor };
    }
  }
  const { owner, problem } = await changeLogins(
    locked,
    (place, call) => takeNewLogin(place, { ...call, index }),
    { isTold: ({ kind }) => kind !== "stashed" },
  );
  if (owner !== index) await removeFolder(locked, index);
  await removeRun(locked.layout, { id, account: index }, LOGIN);
  return { owner, problem };
}

/** Returns the account that has had a login of the owner of a new one. */
async function findOwner(
  locked: Locked,
  index: number,
): Promise<number | undefined> {
  const place = placeOf(locked);
  if (!place) return undefined;
  const record = recordIn(locked);
  const login = await readFolderLogin(place, index);
  const found = await prove(login, { place, record }, index);
  if (!isLogin(found) || !found.login.isUsable) return undefined;
  for (const [owner, identity] of record.accounts) {
    if (owner !== index && isSame(identity, found.identity)) return owner;
  }
  return undefined;
}

/** Returns what uses the login of account `index`, as an error. */
async function findUse(
  locked: Locked,
  index: number,
  { mayReplaceUsed }: { mayReplaceUsed: boolean },
): Promise<BusyError | undefined> {
  try {
    const doing = `replace the login of ${nameIn(locked, index)}`;
    await requireNoRun(locked, [index], doing);
    return undefined;
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    const notices = mayReplaceUsed && await followsPlain(locked);
    return notices ? undefined : error;
  }
}

/**
 * Puts every login where it belongs, and ends those logins of the agent whose
 * commands were killed, or which waited for a run.
 */
export async function settleLogins(locked: Locked): Promise<void> {
  await changeLogins(locked, settleHomeLogins);
  for (const run of await listRuns(locked.layout, LOGIN)) {
    if (await mayBeUnderWay(run)) continue;
    // Nobody waits for this login, so it can wait until no run has the other.
    const { owner, problem, waitsFor } = await endLogin(locked, run, {
      mayReplaceUsed: false,
    });
    if (waitsFor) continue;
    if (owner !== undefined) locked.vault.unblock(owner);
    const { program } = locked.layout.agent;
    locked.notify(
      owner !== undefined
        ? `${nameIn(locked, owner)} has the login of ${program} that an ` +
          "earlier command began"
        : problem === undefined
        ? `an interrupted login of ${program} was canceled`
        : `an interrupted login of ${program} is in the stash: it ${problem}`,
    );
  }
}

/** Removes what a login leaves beside its file, which is gone. */
async function removeFolder(locked: Locked, index: number): Promise<void> {
  const place = placeOf(locked);
  if (!place || await runtime.files.info(homeFile(place, index))) return;
  await removeTree(homeFolder(place, index));
}
