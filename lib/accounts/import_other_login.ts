import { BusyError } from "../errors.ts";
import { invalidCredential } from "../common_errors.ts";
import { dirname } from "../disk/names.ts";
import { importStored } from "../vault/home_logins/change_logins.ts";
import type { Admission } from "../vault/home_logins/settle_logins.ts";
import {
  requireNoPlainProcess,
  requireNoRun,
} from "../vault/home_logins/users.ts";
import type { Locked } from "../vault/locked.ts";
import { findStrangers } from "../vault/settle/holders.ts";
import { noteAdded } from "./add_account.ts";
import {
  findOtherLogins,
  type OtherLogin,
  type OtherLoginPlaces,
} from "./find_other_logins.ts";
import { chooseLabel, isNumeric } from "./label.ts";

/** What became of a login that another program kept. */
export interface ImportedLogin {
  /** The account that it belongs to. */
  index: number;
  /** The label of the account. */
  label: string | undefined;
  /** What became of it. */
  admission: Admission;
}

/**
 * Moves the login in the file at `path`, which another program keeps, to its
 * account: a new one, or the one with the same owner. The account uses the newer
 * of two logins.
 *
 * @throws {FileError} If there is no usable login with a proven owner, or the
 * plain agent has one of the same account that was not moved in.
 * @throws {BusyError} If a process may use a login that would be moved.
 */
export async function importOtherLogin(
  locked: Locked,
  path: string,
  places: OtherLoginPlaces,
): Promise<ImportedLogin> {
  const all = await findOtherLogins(locked, places);
  const found = all.find((it) => it.path === path);
  if (!found) throw invalidCredential(path, "no program keeps a login there");
  if (found.problem !== undefined) {
    throw invalidCredential(path, `it ${found.problem}`);
  }
  const { keys, layout, slots, state } = locked;
  await requireUnused(locked, found);
  const before = { slots, keys, state };
  const { index, admission } = await importStored(locked, found);
  const isNew = !slots.includes(index);
  const known = isNew ? before : locked;
  const { name = "" } = found;
  const usual = /^\w[\w.-]*$/.test(name) && !isNumeric(name)
    ? name
    : layout.agent.program;
  const label = chooseLabel(known, index, { usual });
  locked.ledger.setLabel(index, label);
  if (isNew) {
    noteAdded(locked, { index, reason: `was a login of ${found.program}` });
  }
  return { index, label, admission };
}

/** Makes sure that no process uses a login that is moved, or replaced. */
async function requireUnused(
  locked: Locked,
  { beside, isHome, path, program: keeper }: OtherLogin,
): Promise<void> {
  const { layout, state } = locked;
  const { program } = layout.agent;
  const doing = `import the login of ${keeper}`;
  if (isHome) {
    const home = dirname(path);
    const users = await findStrangers({ layout: { ...layout, home } }) ?? [];
    if (users.length > 0) {
      throw new BusyError(
        "in-use",
        `Cannot ${doing}: ${program} is running in "${home}"`,
      );
    }
  }
  if (beside?.is !== "newer" || typeof beside.of !== "number") return;
  await requireNoRun(locked, [beside.of], doing);
  if (beside.of !== state.plain) return;
  await requireNoPlainProcess(locked, doing, { canForce: false });
}
