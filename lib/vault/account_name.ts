import { type AccountName, nameOf } from "../account_name.ts";
import { allAccounts } from "../disk/names.ts";
import type { Snapshot } from "./snapshot.ts";
import { accountState, type State } from "../ledger/state.ts";

/** How an account logs in: with tokens that expire, or with a key. */
export type AccountKind = "oauth" | "api-key";

/** Returns the name of account `index`, with its label in `state`. */
export function nameIn({ state }: { state: State }, index: number): string {
  return nameOf(index, accountState(state, index).label);
}

/** Returns accounts as alternatives: `work (account 1) or account 2`. */
export function nameAny(
  locked: { state: State },
  indexes: readonly number[],
): string {
  const hasLabel = indexes.some((it) =>
    accountState(locked.state, it).label !== undefined
  );
  return hasLabel
    ? indexes.map((it) => nameIn(locked, it)).join(" or ")
    : `account ${indexes.join(" or ")}`;
}

/** Returns the number and label of account `index`. */
export function accountIn(
  { state }: { state: State },
  index: number,
): AccountName {
  return { index, label: accountState(state, index).label };
}

/** Returns the number and label of every account, ascending. */
export function nameAccounts(
  snapshot: Pick<Snapshot, "slots" | "keys" | "state">,
): AccountName[] {
  return allAccounts(snapshot).map((index) => accountIn(snapshot, index));
}

/** Returns the name of an account, without its label if `accounts` fails. */
export async function nameFrom(
  accounts: {
    nameAccounts(): Promise<{ index: number; label: string | undefined }[]>;
  },
  index: number,
): Promise<string> {
  const names = await accounts.nameAccounts().catch(() => []);
  return nameOf(index, names.find((it) => it.index === index)?.label);
}
