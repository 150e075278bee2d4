/** What an account can be called by. */
export interface AccountName {
  /** Its number, from 1. */
  index: number;
  /** What the user calls it. */
  label: string | undefined;
}

/** Names account `index`: `work (account 1)`, `account 1` without a label. */
export function nameOf(index: number, label: string | undefined): string {
  return label === undefined
    ? `account ${index}`
    : `${label} (account ${index})`;
}

/** Names an account where a line has little room: by its label alone. */
export function shortName(
  { index, label }: { index: number; label?: string | undefined },
): string {
  return label ?? `account ${index}`;
}
