import { runtime } from "../runtime/mod.ts";
import { slotPath } from "../store/slot_names.ts";
import { accountState, withBlock, withoutBlock } from "../store/state.ts";
import type { Locked } from "../store/update.ts";

/** Why rotation passes an account by. */
export const BLOCKS = {
  /** The provider has refused its refresh token. */
  login: "login needed",
  /** A newer login of it may be among those whose owner is not proven. */
  stashed: "its newest login may be in the stash",
} as const;

/** Makes rotation pass account `index` by. */
export function blockAccount(
  locked: Locked,
  index: number,
  reason: string,
): void {
  const { state, clock, record } = locked;
  if (accountState(state, index).blocked === reason) return;
  locked.state = withBlock(
    state,
    index,
    reason,
    new Date(clock()).toISOString(),
  );
  record({
    level: "warn",
    event: "account_blocked",
    from: index,
    to: null,
    reason,
  });
}

/** Lifts the block of each account whose slot was written since. */
export async function liftOutdatedBlocks(locked: Locked): Promise<void> {
  for (const [index, { blocked, blockedSince }] of locked.state.accounts) {
    if (blocked === undefined) continue;
    const slot = await runtime.files.info(slotPath(locked.layout, index));
    if (slot && slot.mtimeMs > Date.parse(blockedSince ?? "")) {
      locked.state = withoutBlock(locked.state, index);
    }
  }
}

/** The accounts that rotation may use, ascending. */
export function usableAccounts({ slots, state }: Locked): number[] {
  return slots.filter((it) => accountState(state, it).blocked === undefined);
}
