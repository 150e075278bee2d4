import { nameIn } from "../vault/account_name.ts";
import { runtime } from "../system/mod.ts";
import { pinAbove } from "../ledger/preferences.ts";
import type { Locked } from "../vault/locked.ts";
import type { Candidate } from "./select.ts";
import { requireAccount } from "./switch_account.ts";

/** A folder, and the account that the user has pinned to it. */
export interface Pin {
  /** The path of the folder. */
  folder: string;
  /** The number of the account. */
  account: number;
}

/** Returns the pin that decides which account a run uses, if any does. */
export function findPin(
  { state }: Pick<Locked, "state">,
  { account, folder, insteadOf }: {
    account?: number | undefined;
    folder?: string | undefined;
    insteadOf?: unknown;
  },
): Pin | undefined {
  const isChosen = account !== undefined || insteadOf !== undefined;
  if (isChosen || folder === undefined) return undefined;
  return pinAbove(state.pins, folder);
}

/** Tells the user if a run uses another account than the pinned one. */
export function tellOfPin(
  locked: Locked,
  { account, folder }: Pin,
  { picked, candidates }: {
    picked: Candidate;
    candidates: readonly Candidate[];
  },
): void {
  if (picked.index === account) return;
  const pinned = candidates.find((it) => it.index === account);
  const why = pinned?.obstacle ?? "not usable for this run";
  locked.notify(
    `${nameIn(locked, account)}, pinned to "${folder}", is ${why}: ` +
      `using ${nameIn(locked, picked.index)}`,
  );
}

/**
 * Pins account `index` to `folder`, and returns whether that changed anything;
 * `undefined` removes the pin.
 *
 * @throws {AccountError} If the account does not exist.
 */
export function setPin(
  locked: Locked,
  folder: string,
  index: number | undefined,
): boolean {
  if (index !== undefined) requireAccount(locked, index);
  const before = locked.state.pins?.get(folder);
  if (before === index) return false;
  locked.ledger.pin(folder, index);
  locked.record({
    level: "info",
    event: index === undefined ? "folder_unpinned" : "folder_pinned",
    from: before ?? null,
    to: index ?? null,
    reason: `asked for: ${folder}`,
  });
  return true;
}

/** Returns `folder` as pins name it: absolute and without links, if it exists. */
export async function pinnedName(folder: string): Promise<string> {
  const real = await runtime.files.realPath(folder);
  if (real !== undefined) return real;
  const whole = folder.startsWith("/")
    ? folder
    : `${runtime.host.cwd()}/${folder}`;
  return whole.replace(/(?:\/\.?)+(?=\/|$)/g, "") || "/";
}
