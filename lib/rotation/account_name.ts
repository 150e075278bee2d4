import { nameOf } from "../account_name.ts";
import { accountState, type State } from "../store/state.ts";

/** Names account `index` with the label that it has in `state`. */
export function nameIn(
  { state }: { state: State },
  index: number,
): string {
  return nameOf(index, accountState(state, index).label);
}

/** The same, with the label that `accounts` reads; without it if that fails. */
export async function nameFrom(
  accounts: {
    nameAccounts(): Promise<{ index: number; label: string | undefined }[]>;
  },
  index: number,
): Promise<string> {
  const names = await accounts.nameAccounts().catch(() => []);
  return nameOf(index, names.find((it) => it.index === index)?.label);
}
