import { ForeignLoginError } from "../run_errors.ts";
import type { KeyOfRun, Provider } from "../providers/provider.ts";
import type { AccountKind } from "../rotation/account.ts";

/**
 * Returns the kind of account that the agent's arguments require, if any.
 *
 * @throws {ForeignLoginError} If the agent would not use an account, or not the
 * given `key`: the result would concern no account.
 */
export function requestedKind(
  provider: Provider,
  { args, key }: { args: readonly string[]; key?: KeyOfRun | undefined },
): AccountKind | undefined {
  const option = provider.keyOptionOf(args);
  if (option !== undefined) {
    throw new ForeignLoginError(option, "exec sets the key itself");
  }
  const kind = provider.kindOf(args);
  if (kind === "other") {
    throw new ForeignLoginError("this --auth-type", "no account has this type");
  }
  if (key && kind === "oauth") {
    throw new ForeignLoginError(
      "this --auth-type",
      "the run has an API key, which is another type",
    );
  }
  return kind;
}
