import {
  type DisabledAccount,
  DisabledAccountError,
  DoubtfulAccountError,
  HomeNotSetError,
  InvalidLabelError,
  LockTimeoutError,
  LoginNeededError,
  MissingAccountError,
  NoAccountError,
  NoAccountReadyError,
  NoActiveAccountError,
  NoOtherAccountError,
  type Readiness,
  UnsafeFileError,
} from "../errors.ts";
import {
  AccountReplacedError,
  BusyAccountError,
  InvalidCredentialError,
  KeyAccountError,
  LoginEndedError,
  NoEarlierLoginError,
  NoKeyError,
  RefreshTimeoutError,
  UnprovenLoginError,
  UnsavedLoginError,
  WrongAccountError,
} from "../login_errors.ts";
import {
  ForeignLoginError,
  GatewayBlockedError,
  ProgramNotFoundError,
  UnusableArgumentError,
  WrongKindError,
} from "../run_errors.ts";
import {
  InvalidEndpointError,
  OAuthError,
  type OAuthErrorCode,
} from "../oauth/errors.ts";
import { errorCode } from "../system/mod.ts";
import { qwen } from "../providers/qwen.ts";
import { shellWord, wordFor } from "../accounts/fix_of.ts";
import { hintOfRefresh } from "../accounts/refresh/refresh_hint.ts";
import { CallFailedError } from "../run/failure.ts";
import { EXIT } from "./exit.ts";
import { hintToFix } from "./hint_to_fix.ts";
import { MissingFolderError, UsageError } from "./line/usage_error.ts";
import { invocation, program } from "../program.ts";
import { policyOf } from "../verdict/policy.ts";

export { EXIT };

/** What an error means to the caller: an exit code, and what to do about it. */
export interface ErrorMeaning {
  /** The exit code. */
  code: number;
  /** What to do next, one line. */
  hint: string | undefined;
  /** The accounts that are not ready, whose states are to be said. */
  notReady?: readonly Readiness[];
}

/** Maps `error` to an exit code and a hint; the one place where that is done. */
export function meaningOf(error: unknown): ErrorMeaning {
  if (error instanceof UsageError) {
    return { code: EXIT.usage, hint: error.hint };
  }
  if (error instanceof MissingFolderError) {
    const dir = shellWord(error.folder);
    const hint = error.isTaken
      ? "name the accounts folder"
      : `use another folder, or add accounts there: ${program()} setup --dir ${dir}`;
    return { code: EXIT.usage, hint };
  }
  if (error instanceof CallFailedError) return meaningOfCall(error);
  if (error instanceof ForeignLoginError) {
    const hint =
      "to use a key for one run, set QWEN_API_KEY and QWEN_BASE_URL; or run qwen itself";
    return { code: EXIT.usage, hint };
  }
  if (error instanceof GatewayBlockedError) {
    const hint = "unset the proxy, use qwen 0.21.10 or newer, or --mode link";
    return { code: EXIT.usage, hint };
  }
  if (error instanceof UnusableArgumentError) {
    return { code: EXIT.usage, hint: undefined };
  }
  if (error instanceof WrongKindError) {
    return { code: EXIT.usage, hint: `${invocation()} list` };
  }
  if (error instanceof NoAccountError) {
    return { code: EXIT.loginNeeded, hint: `${invocation()} setup` };
  }
  if (error instanceof DisabledAccountError) {
    // Not 2: the command line is right, and works once the account is enabled.
    return { code: EXIT.failed, hint: hintToEnable([error]) };
  }
  if (error instanceof LoginNeededError && error.disabled.length > 0) {
    // Not 75: waiting does not help, only the user does.
    const hint = error.disabled.length === error.accounts.length
      ? hintToEnable(error.disabled)
      : `${invocation()} doctor, or ${hintToEnable(error.disabled)}`;
    return { code: EXIT.loginNeeded, hint };
  }
  if (
    error instanceof LoginNeededError || error instanceof DoubtfulAccountError
  ) {
    return { code: EXIT.loginNeeded, hint: `${invocation()} doctor` };
  }
  if (error instanceof LoginEndedError) {
    return { code: EXIT.loginNeeded, hint: hintOfRefresh(error) };
  }
  if (error instanceof NoActiveAccountError) {
    const [first] = error.present;
    const hint = `name one, or activate one: ${invocation()} switch ${first}`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof KeyAccountError) {
    const hint = "for a new key: cat key.txt | " +
      `${invocation()} add --replace ${error.index} --api-key-stdin`;
    return { code: EXIT.usage, hint };
  }
  if (error instanceof UnsavedLoginError) {
    return { code: EXIT.failed, hint: hintOfRefresh(error) };
  }
  if (error instanceof NoAccountReadyError) {
    return {
      code: EXIT.notReady,
      hint: hintToWait(error),
      notReady: error.accounts,
    };
  }
  if (
    error instanceof BusyAccountError || error instanceof LockTimeoutError ||
    error instanceof RefreshTimeoutError
  ) {
    return {
      code: EXIT.notReady,
      hint: "try again when that process has ended",
    };
  }
  if (error instanceof NoOtherAccountError) {
    const { disabled, passedBy } = error;
    const hint = disabled.length > 0
      ? hintToEnable(disabled)
      : passedBy.length > 0
      ? `${invocation()} doctor`
      : `add an account: ${invocation()} setup`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof NoEarlierLoginError) {
    const hint = error.kept > 0
      ? `${invocation()} restore ${error.index} --generation ${error.kept}`
      : `log in again: ${invocation()} login ${error.index}`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof NoKeyError) {
    const hint = error.action === "replace"
      ? `for a new login: ${invocation()} login ${error.index}`
      : `run qwen with it: ${invocation()} exec --account ${error.index}`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof AccountReplacedError) {
    const hint = `use that one, or first: ${invocation()} remove ${error.by}`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof InvalidLabelError) {
    return { code: EXIT.usage, hint: hintOfLabel(error) };
  }
  if (error instanceof MissingAccountError) {
    const hint = error.present.length > 0 ? "list" : "setup";
    return {
      // As for a label that no account has.
      code: error.wasRemoved ? EXIT.failed : EXIT.usage,
      hint: `${invocation()} ${hint}`,
    };
  }
  if (error instanceof ProgramNotFoundError) {
    const hint = `${qwen.installHint}, or name it with --bin`;
    return { code: EXIT.programNotFound, hint };
  }
  if (error instanceof HomeNotSetError) {
    return { code: EXIT.failed, hint: "set HOME, or use --dir" };
  }
  if (error instanceof UnsafeFileError) {
    return { code: EXIT.failed, hint: hintOfUnsafe(error) };
  }
  if (error instanceof InvalidCredentialError && error.isOffered) {
    const hint =
      "name a credential file of qwen, such as oauth_creds.json, or " +
      `log in: ${invocation()} login`;
    return { code: EXIT.failed, hint };
  }
  if (
    error instanceof InvalidCredentialError ||
    error instanceof UnprovenLoginError
  ) {
    return { code: EXIT.failed, hint: `${invocation()} doctor` };
  }
  if (error instanceof WrongAccountError) {
    const hint =
      `undo a wrong guess first: ${invocation()} restore ${error.index}`;
    return { code: EXIT.failed, hint };
  }
  if (error instanceof InvalidEndpointError) {
    return { code: EXIT.usage, hint: hintOfRefresh(error) };
  }
  if (error instanceof OAuthError) {
    const code = OAUTH_CODES[error.code] ?? EXIT.failed;
    return { code, hint: hintOfRefresh(error) };
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const system = errorCode(error) ?? errorCode(cause) ?? "";
  return { code: EXIT.failed, hint: SYSTEM_HINTS[system] };
}

/** The failures of a login or a refresh that only a new login mends. */
const OAUTH_CODES: Partial<Record<OAuthErrorCode, number>> = {
  access_denied: EXIT.loginNeeded,
  expired_token: EXIT.loginNeeded,
  invalid_grant: EXIT.loginNeeded,
};

/** What to do where a file system has no locks, links or permissions. */
const LOCAL_DISK = "use --dir with a folder on a local disk that has locks, " +
  "links and permissions";

/** What to do about what the system refuses. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EBADF: "to discard the output, add >/dev/null",
  EBUSY: "mount the folder, not the file",
  ENOLCK: LOCAL_DISK,
  ENOSYS: LOCAL_DISK,
  ENOTSUP: LOCAL_DISK,
  EOPNOTSUPP: LOCAL_DISK,
  EPERM: LOCAL_DISK,
  EACCES: "make the accounts folder readable and writable for you, or " +
    "run as its owner (in a container: --user)",
  EROFS: "make the accounts folder writable (in a container: no :ro), " +
    "because refreshed logins are saved there",
  ENOSPC:
    "make room on the disk; no login is lost, and the next command continues",
  ENOTDIR: "use another accounts folder with --dir",
};

/** Waiting helps none of the accounts where the service has refused each. */
function hintToWait({ accounts }: NoAccountReadyError): string {
  const refused = accounts.flatMap(({ index, label, kind, isRefused }) =>
    kind && isRefused ? [{ index, label, kind, state: "refused" } as const] : []
  );
  const later = accounts.filter((it) => it.readyAt < Infinity);
  const fix = later.every((it) => it.isRefused)
    ? hintToFix(refused)
    : undefined;
  return fix ??
    `see ${invocation()} status, or wait: ${invocation()} exec --wait`;
}

function notReadyNow({ readiness }: CallFailedError): ErrorMeaning {
  const hint =
    `wait: ${invocation()} exec --wait, or add an account: ${invocation()} setup`;
  return { code: EXIT.notReady, hint, notReady: readiness };
}

function meaningOfCall(error: CallFailedError): ErrorMeaning {
  switch (policyOf({ kind: error.verdict }).blames) {
    case "time limit":
      return { code: EXIT.timeout, hint: "allow more time with --timeout" };
    case "account":
    case "account type":
      return error.mayRecover
        ? notReadyNow(error)
        : { code: EXIT.loginNeeded, hint: hintToFix(error.refused) };
    default:
      return { code: error.exitCode || EXIT.failed, hint: undefined };
  }
}

/** The command that takes the first of `accounts` into rotation again. */
function hintToEnable([first]: readonly DisabledAccount[]): string | undefined {
  return first && `${invocation()} enable ${wordFor(first)}`;
}

function hintOfLabel({ takenBy }: InvalidLabelError): string {
  return takenBy === undefined
    ? "a label is a name of your choice, such as work"
    : `choose another one, or first: ${invocation()} label ${takenBy} --unset`;
}

/** In a container the user is often another one than on the host. */
function hintOfUnsafe({ owner }: UnsafeFileError): string {
  return owner === undefined
    ? "move it away, or make yourself its owner"
    : `run as user ${owner} (in a container: --user ${owner}), or make yourself its owner`;
}
