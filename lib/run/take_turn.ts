import type { AccountManager } from "../accounts/account_manager.ts";
import { pinnedName } from "../accounts/account_rules.ts";
import { RunTurn } from "../accounts/pool/run_turn.ts";
import { isSpreading } from "../accounts/select.ts";
import { hasCode } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import type { RotationOptions } from "./call_options.ts";

/**
 * Takes account `account`, or the right one for now, for a run of the agent.
 *
 * @throws The errors of {@linkcode RunTurn.take}.
 */
export async function takeTurn(
  accounts: AccountManager,
  account: number | undefined,
  options: RotationOptions & { except: ReadonlySet<number>; isApart: boolean },
): Promise<RunTurn> {
  const { except, isApart, kind, limits, model, strategy } = options;
  const cwd = options.cwd === undefined
    ? runtime.host.cwd()
    : await pinnedName(options.cwd);
  const { isSubcommand, session } = options.agent.read(options.args);
  const given = {
    except,
    kind,
    limits,
    model,
    mayLogIn: isSubcommand,
    isApart,
    stickTo: typeof session === "object" ? session.id : cwd,
    // Later runs use the active account, unless each chooses for itself.
    ...(except.size === 0 ? { strategy, folder: cwd } : {
      strategy: isSpreading(strategy) ? strategy : "round-robin" as const,
    }),
  };
  try {
    return await RunTurn.take(accounts, { ...given, account });
  } catch (error) {
    // The user disabled the account while this call paused: use another one.
    const isAsked = account === options.account;
    if (isAsked || !hasCode(error, "account-disabled")) throw error;
    return await RunTurn.take(accounts, given);
  }
}
