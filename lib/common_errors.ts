/**
 * The errors that several parts of the program make.
 *
 * @module
 */

import { invocation } from "./program.ts";
import {
  AccountError,
  AgentError,
  FileError,
  LoginNeededError,
} from "./errors.ts";

/**
 * The error for an account that does not exist; `present` are those that do,
 * and `wasRemoved` says whether it existed when the command began.
 */
export function noSuchAccount(
  index: number,
  present: readonly number[],
  { wasRemoved = false }: { wasRemoved?: boolean } = {},
): AccountError {
  const have = present.length > 0
    ? `have: ${present.join(", ")}`
    : "there are no accounts";
  const problem = wasRemoved ? "was removed meanwhile" : "does not exist";
  return new AccountError(
    wasRemoved ? "account-removed" : "no-such-account",
    `Cannot use account ${index}: it ${problem} (${have})`,
    {
      index,
      hint: `${invocation()} ${present.length > 0 ? "list" : "setup"}`,
    },
  );
}

/** The error for when none of the accounts `present` is active. */
export function noneActive([first]: readonly number[]): AccountError {
  return new AccountError(
    "none-active",
    "Cannot choose an account: none is active",
    { hint: `name one, or activate one: ${invocation()} switch ${first}` },
  );
}

/** The error for when the folder of the slots contains no account. */
export function noAccount(folder: string): LoginNeededError {
  return new LoginNeededError(
    "no-account",
    `Cannot choose an account: "${folder}" contains none`,
    { hint: `${invocation()} setup` },
  );
}

/** The error for a file that we may not read or write; `problem` completes "it ...". */
export function unsafeFile(
  path: string,
  problem: string,
  owner?: number,
): FileError {
  // In a container, the user often differs from the one on the host.
  const hint = owner === undefined
    ? "move it away, or make yourself its owner"
    : `run as user ${owner} (in a container: --user ${owner}), or make yourself its owner`;
  const message = `Cannot use "${path}": it ${problem}`;
  return new FileError("unsafe-file", message, { path, problem, hint });
}

/** The error for a file or a value that is not a credential. */
export function invalidCredential(
  path: string,
  problem: string,
  { hint = `${invocation()} doctor` }: { hint?: string } = {},
): FileError {
  const message = `Cannot use "${path}" as a credential: ${problem}`;
  return new FileError("invalid-credential", message, { path, problem, hint });
}

/** The error for `action` with the login of an account that has a key. */
export function hasNoLogin(
  action: "log in to" | "refresh" | "restore",
  { index, name }: { index: number; name: string },
): AccountError {
  return new AccountError(
    "has-key",
    `Cannot ${action} ${name}: it has an API key, not a login`,
    {
      index,
      hint: "for a new key: cat key.txt | " +
        `${invocation()} add --replace ${index} --api-key-stdin`,
    },
  );
}

/** The error for `action` with the key of an account that has a login. */
export function hasNoKey(
  action: "replace" | "print",
  { index, name }: { index: number; name: string },
): AccountError {
  const hint = action === "replace"
    ? `for a new login: ${invocation()} login ${index}`
    : `use it for a run: ${invocation()} exec --account ${index}`;
  return new AccountError(
    "has-login",
    `Cannot ${action} the key of ${name}: it has a login, not an API key`,
    { index, hint },
  );
}

/** The error for when nothing says where the accounts are. */
export function noHome(): FileError {
  return new FileError(
    "no-home",
    "Cannot find the accounts: HOME is not set, and your user has no home",
  );
}

/** The error for a folder with the accounts of `found`, and not of `agent`. */
export function otherAgent(
  folder: string,
  { found, agent, isKnown }: { found: string; agent: string; isKnown: boolean },
): FileError {
  const hint = isKnown
    ? `use --cli ${found}, or --dir with another folder`
    : "use --dir with another folder: this version does not know that agent";
  return new FileError(
    "other-agent",
    `Cannot use "${folder}": it has the accounts of ${found}, not of ${agent}`,
    { path: folder, hint },
  );
}

/** The error for a change of a login that only its agent may change. */
export function noLink(
  { homes, keys, program }: {
    program: string;
    homes: { login?: unknown };
    keys: { presets: readonly [{ name: string }, ...unknown[]] } | undefined;
  },
): AgentError {
  if (homes.login) {
    return new AgentError(
      "no-link",
      `Cannot add or change a login of ${program}: ${program} does that itself`,
      { hint: `to log in: ${invocation()} login` },
    );
  }
  const service = keys ? ` --preset ${keys.presets[0].name}` : "";
  const add = `cat key.txt | ${invocation()} add --api-key-stdin${service}`;
  return new AgentError(
    "no-link",
    `Cannot use a login of ${program}: its accounts have API keys`,
    { hint: `add a key: ${add}` },
  );
}
