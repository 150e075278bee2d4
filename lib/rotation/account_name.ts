import { nameOf } from "../account_name.ts";
import { accountState, type State } from "../store/state.ts";

/** Names account `index` with the label that it has in `state`. */
export function nameIn(
  { state }: { state: State },
  index: number,
): string {
  return nameOf(index, accountState(state, index).label);
}

/** Names accounts of which one is meant: `work (account 1) or account 2`. */
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

/** The same as {@linkcode nameIn}, with the label that `accounts` reads; without it if that fails. */
export async function nameFrom(
  accounts: {
    nameAccounts(): Promise<{ index: number; label: string | undefined }[]>;
  },
  index: number,
): Promise<string> {
  const names = await accounts.nameAccounts().catch(() => []);
  return nameOf(index, names.find((it) => it.index === index)?.label);
}
