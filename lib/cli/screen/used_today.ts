import type { Account } from "../../accounts/account.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import type { Overview, OverviewOptions } from "../../accounts/overview.ts";
import type { UsedToday } from "./quota_json.ts";
import type { Column } from "./table.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";

/** An account, and what it has used, if that is counted. */
export type WithUse<A extends Account = Account> = A & {
  used?: UsedToday | undefined;
};

/** The columns that show it; both are omitted if nothing is counted. */
export const USE_COLUMNS: readonly Column<Pick<WithUse, "used">>[] = [
  {
    name: "today",
    cell: ({ used }) => used?.traffic ?? "",
    isOptional: true,
    drops: 1,
  },
  {
    name: "quota",
    cell: ({ used }) => used?.share ?? "",
    isOptional: true,
    drops: 2,
  },
];

/** More days take a second for busy accounts, and scripts call `list` often. */
const DAYS = 2;

/**
 * Adds to each of `accounts` what it has used, from the counts of today and
 * yesterday, and from all counts if `reader` has read them anyway. Costs nothing
 * if no traffic was ever counted.
 */
export async function withUse<A extends Account>(
  reader: AccountReader,
  accounts: readonly A[],
): Promise<WithUse<A>[]> {
  if (!await runtime.files.info(reader.layout.usage)) return [...accounts];
  const quota = await reader.readQuota(accounts, { days: DAYS });
  const { system = realSystem } = reader.options;
  const now = system.now();
  const { usedToday } = await import("./quota_json.ts");
  const known = reader.quotaWatch?.windows;
  return accounts.map((account, at) => {
    const of = quota[at];
    if (!of) return account;
    const windows = known?.filter((it) => it.account === account.index) ??
      of.windows;
    return { ...account, used: usedToday({ ...of, windows }, now) };
  });
}

/** An overview, with what its accounts have used. */
export type OverviewWithUse = Omit<Overview, "accounts"> & {
  accounts: WithUse<Overview["accounts"][number]>[];
};

/** Reads what `status` shows. */
export async function readOverview(
  reader: AccountReader,
  options: OverviewOptions,
): Promise<OverviewWithUse> {
  const overview = await reader.overview(options);
  return { ...overview, accounts: await withUse(reader, overview.accounts) };
}
