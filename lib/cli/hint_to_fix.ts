import { chosenAgent } from "../agents/registry.ts";
import { invocation } from "../program.ts";
import { fixOf } from "../accounts/fix_of.ts";
import { NO_ACCOUNT } from "../run/next_step.ts";
import type { Policy } from "../verdict/policy.ts";
import type { AccountKind } from "../vault/account_name.ts";
import type { AccountName } from "../account_name.ts";

/** An account that stays unusable until the user acts. */
interface RefusedAccount extends AccountName {
  /** Whether it has a login, a token or a key. */
  kind: AccountKind | "token";
  /** What the service or the agent refused. */
  state: NonNullable<Policy["state"]>;
}

/** Nobody reads a longer hint, and one usable account is enough to continue. */
const MOST_COMMANDS = 2;

/**
 * The commands that make `refused` accounts usable again: a new key, a new
 * login, or an API key in place of a login that the agent no longer accepts.
 */
export function hintToFix(
  refused: readonly RefusedAccount[],
): string | undefined {
  if (refused.some((it) => it.index === NO_ACCOUNT)) {
    const { secrets } = chosenAgent().keys.forOneRun;
    return `correct ${secrets.join(" or ")}, or unset it to use your accounts`;
  }
  const keys = refused.filter((it) => it.kind === "api-key")
    .map((it) => it.index);
  // By number, so that the hint does not depend on which was tried last.
  const byNumber = refused.toSorted((a, b) => a.index - b.index);
  const commands = byNumber.flatMap((it) =>
    fixOf(it, { all: refused, keys, self: invocation() }) ?? []
  );
  const ways = commands.slice(0, MOST_COMMANDS);
  if (refused.some((it) => it.state === "ended")) {
    ways.push(`add an API key: ${invocation()} setup`);
  } else if (commands.length > MOST_COMMANDS) {
    ways.push(`see ${invocation()} status`);
  }
  return ways.length > 0 ? ways.join(", or ") : undefined;
}
