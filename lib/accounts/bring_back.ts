import { nameIn } from "../vault/account_name.ts";
import { AccountError } from "../errors.ts";
import { invocation } from "../program.ts";
import { isSameAddress } from "../agents/presets.ts";
import {
  readCredential,
  readKeyFile,
} from "../vault/logins/credential_file.ts";
import { basename } from "../disk/names.ts";
import { moveRemovedBack } from "../vault/logins/removed.ts";
import { placeOf } from "../vault/home_logins/login_accounts.ts";
import { bringLoginBack, type RestoreResult } from "./restore_login.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { nameOf } from "../account_name.ts";
import { activateIfIdle } from "./activate.ts";
import { weighDoubt } from "../vault/settle/adopt.ts";
import { ownersOf } from "./secret_of.ts";
import { chooseLabel } from "./label.ts";
import { findOwner } from "../vault/logins/owner.ts";
import { putBack } from "../vault/settle/settle_slot.ts";

/**
 * Restores the removed account `index` with its number, its label and its kept
 * files; `path` is the file that was its slot, or that of the plain agent.
 * Activates the account if no usable account is active.
 *
 * @throws The errors of {@linkcode AccountManager.restore}.
 */
export async function bringBack(
  locked: Locked,
  index: number,
  { path, force }: { path: string; force?: boolean | undefined },
): Promise<RestoreResult> {
  const { layout, now, active } = locked;
  const isKey = path.endsWith(".env");
  const place = isKey ? undefined : placeOf(locked);
  if (place) {
    await bringLoginBack(locked, index, { path, place, force });
    restoreLabel(locked, index);
  } else {
    await requireNotReplaced(locked, index, path);
    restoreLabel(locked, index);
    await moveRemovedBack(layout, index, { path, now });
    if (isKey) locked.vault.addKey(index);
    else locked.vault.addSlot(index);
  }
  locked.record({ event: "account_restored", to: index });
  if (!place) {
    await weighDoubt(locked);
    if (!isKey) await putBack(locked, index); // it may have been damaged
  }
  await activateIfIdle(locked, index, { active, reason: "restored" });
  return { file: basename(path), replaced: false, isBack: true };
}

/** A login must not be in two slots: a refresh of one would end the other. */
async function requireNotReplaced(
  locked: Locked,
  index: number,
  path: string,
): Promise<void> {
  const { layout, slots } = locked;
  if (path.endsWith(".env")) {
    const found = await readKeyFile(layout, path);
    if ("problem" in found) return;
    const { apiKey, baseUrl } = found.key;
    const owners = await ownersOf(locked, apiKey);
    const owner = owners.find((it) => isSameAddress(it.baseUrl, baseUrl));
    if (owner) throw replaced(locked, index, "key", owner.index);
    return;
  }
  const found = await readCredential(path, layout);
  if ("problem" in found) return;
  const owner = await findOwner(layout, found, { slots });
  if (owner) throw replaced(locked, index, "login", owner.index);
}

function replaced(
  locked: Locked,
  index: number,
  what: "login" | "key",
  by: number,
): AccountError {
  const name = nameIn(locked, index);
  return new AccountError(
    "account-replaced",
    `Cannot restore ${name}: ${nameIn(locked, by)} has its ${what} now`,
    { index, hint: `use that one, or first: ${invocation()} remove ${by}` },
  );
}

/** Restores the label of account `index`, changed if another account has it. */
function restoreLabel(locked: Locked, index: number): void {
  const { label: before } = accountState(locked.state, index);
  if (before === undefined) return;
  const label = chooseLabel(locked, index, { usual: before });
  if (label === before) return;
  locked.ledger.setLabel(index, label);
  locked.notify(
    `${
      nameOf(index, label)
    } was called ${before}, which is another account now`,
  );
}
