import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { AccountError } from "../errors.ts";
import { invocation } from "../program.ts";
import { isDisabled } from "../vault/block.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { accountsOfKind, hasPlan } from "./candidates.ts";
import { isSpreading } from "./select.ts";
import type { StrategyName } from "./select.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { wordFor } from "./fix_of.ts";

type Folder = Pick<
  Snapshot,
  "doubtful" | "keys" | "layout" | "slots" | "state"
>;

/**
 * Makes sure that `strategy` does not use several plan logins at the same time:
 * the terms of such plans speak of individual use.
 *
 * @throws {AccountError} If it could.
 */
export function requireNoPlan(
  folder: Folder,
  { strategy, kind }: {
    strategy: StrategyName | undefined;
    kind?: AccountKind | undefined;
  },
): void {
  if (!isSpreading(strategy)) return;
  const refusal = refusalOfPlan(folder, {
    doing: `use the strategy ${strategy}`,
    instead: "another strategy and one run at a time",
    kind,
  });
  if (refusal) throw refusal;
}

/**
 * Returns the plan logins that must be idle while a run uses account `index`,
 * which rotation has chosen: it uses one login at a time.
 */
export function rivalsOf(
  folder: Pick<
    Snapshot,
    "keys" | "layout" | "rotatesLogins" | "slots" | "state"
  >,
  index: number,
): number[] {
  if (!folder.rotatesLogins || !hasPlan(folder, index)) return [];
  return folder.slots.filter((it) => it !== index && hasPlan(folder, it));
}

/**
 * Returns the error for runs in parallel if an account of `kind` has a plan
 * login; `doing` completes "Cannot ...", and `instead` "use ...".
 */
export function refusalOfPlan(
  folder: Folder,
  { doing, instead, kind }: {
    doing: string;
    instead: string;
    kind?: AccountKind | undefined;
  },
): AccountError | undefined {
  const index = accountsOfKind(folder, kind)
    .find((it) => hasPlan(folder, it) && !isDisabled(folder, it));
  if (index === undefined) return undefined;
  const name = nameIn(folder, index);
  const label = nameAccounts(folder).find((it) => it.index === index)?.label;
  return new AccountError(
    "plan-login",
    `Cannot ${doing}: ${name} has the login of a plan, which is for individual ` +
      "use, one run at a time",
    {
      index,
      hint: `use ${instead}, or only keys: ` +
        `${invocation()} disable ${wordFor({ index, label })}`,
    },
  );
}
