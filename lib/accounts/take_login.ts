import { BusyError } from "../errors.ts";
import { invalidCredential } from "../common_errors.ts";
import { allAccounts, dirname } from "../disk/names.ts";
import { invocation } from "../program.ts";
import { nameAccounts } from "../vault/account_name.ts";
import type { Locked } from "../vault/locked.ts";
import { changeLogins } from "../vault/home_logins/change_logins.ts";
import { moveIn } from "../vault/home_logins/home_logins.ts";
import { importLogin } from "../vault/home_logins/new_logins.ts";
import { findPlainLogin } from "../vault/home_logins/login_accounts.ts";
import type { Admission } from "../vault/home_logins/settle_logins.ts";
import {
  requireNoLoginChange,
  requireNoPlainProcess,
  requireNoRun,
} from "../vault/home_logins/users.ts";
import { findStrangers } from "../vault/settle/holders.ts";
import { activateIfIdle } from "./activate.ts";
import { labelAdded } from "./add_account.ts";
import {
  findOtherLogins,
  type OtherLogin,
  type OtherLoginPlaces,
} from "./find_other_logins.ts";
import { checkLabel, isNumeric } from "./label.ts";

/** How to take the login of the plain agent. */
export interface TakeOptions {
  /** A name for the account. @default none */
  label?: string | undefined;
  /**
   * Whether to take it although the plain agent is running; that may end the
   * login. @default false
   */
  force?: boolean | undefined;
}

/** The account that has got the login of the plain agent. */
export interface TakenLogin {
  /** Its number. */
  index: number;
  /** Whether the account is new. */
  isNew: boolean;
  /** Its label. */
  label: string | undefined;
}

/**
 * Makes the login of the plain agent that of the account with the same owner, or
 * of a new one; activates the account if no usable one is active.
 *
 * @throws The errors of {@linkcode AccountManager.takePlainLogin}.
 */
export async function takeLogin(
  locked: Locked,
  { label: asked, force = false }: TakeOptions,
): Promise<TakenLogin> {
  const { program } = locked.layout.agent;
  const before = allAccounts(locked);
  checkLabel(asked, nameAccounts(locked), locked.state.plain);
  await requireLogin(locked);
  const doing = `move the login of plain ${program}`;
  if (!force) await requireNoPlainProcess(locked, doing);
  await changeLogins(locked, moveIn, {
    check: () => requireNoLoginChange(locked, { doing, force }),
    isTold: ({ kind }) => kind !== "adopted",
  });
  const { plain: index } = locked.state;
  if (index === undefined) {
    throw new TypeError("the login belongs to none of the accounts");
  }
  const isNew = !before.includes(index);
  const reason = `was the login of plain ${program}`;
  const label = labelAdded(locked, index, { added: isNew, reason, asked });
  const { active } = locked;
  await activateIfIdle(locked, index, { active, reason: "added" });
  return { index, isNew, label };
}

async function requireLogin(locked: Locked): Promise<void> {
  const { path, kind, problem } = await findPlainLogin(locked) ?? {};
  if (path === undefined || problem === undefined) return;
  const hint = kind === "api-key"
    ? hintToAddKey(locked.layout.agent)
    : undefined;
  throw invalidCredential(path, `it ${problem}`, { ...(hint && { hint }) });
}

/** Says how a key of the plain agent becomes an account. */
export function hintToAddKey(
  { keys }: { keys: { presets: readonly [{ name: string }, ...unknown[]] } },
): string {
  return `to add the key as an account: ${invocation()} add --api-key-stdin ` +
    `--preset ${keys.presets[0].name}`;
}

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
 * @throws The errors of {@linkcode AccountManager.importOtherLogin}.
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
  const { slots } = locked;
  const { isHome, name = "", program } = found;
  await requireUnused(locked, found);
  const { index, admission } = await changeLogins(
    locked,
    (place, call) => importLogin(place, { ...call, path, isHome }),
    {
      // The caller tells the user.
      isTold: (it, { index }) =>
        it.kind !== "stashed" &&
        !(it.kind === "adopted" && it.account === index),
    },
  );
  const isUsable = /^\w[\w.-]*$/.test(name) && !isNumeric(name);
  const label = labelAdded(locked, index, {
    added: !slots.includes(index),
    reason: `was a login of ${program}`,
    usual: isUsable ? name : undefined,
  });
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
