import { chosenAgent } from "../agents/registry.ts";
import {
  AgentError,
  type ErrorCode,
  hintOf,
  NoAccountReadyError,
} from "../errors.ts";
import type { Readiness } from "../readiness.ts";
import type { OAuthErrorCode } from "../oauth/errors.ts";
import { describeOwnChoice, ownChoice } from "../accounts/own_choice.ts";
import { invocation } from "../program.ts";
import { errorCode } from "../system/mod.ts";
import { EXIT } from "./exit.ts";
import type { UsageError } from "./line/usage_error.ts";
import { soon } from "./screen/time.ts";
import { fixOf } from "../accounts/fix_of.ts";
import { NO_ACCOUNT } from "../run/next_step.ts";
import type { Policy } from "../verdict/policy.ts";
import type { AccountKind } from "../vault/account_name.ts";
import type { AccountName } from "../account_name.ts";

/** What an error means to the caller: an exit code, and what to do about it. */
interface ErrorMeaning {
  code: number;
  /** What to do next, one line. */
  hint: string | undefined;
  /** The message to show. @default that of the error */
  message?: string;
  /** The accounts that are not ready, whose states must be shown. */
  notReady?: readonly Readiness[];
}

/** An exit code, and what to do next unless the error itself says it. */
type Row = { exit: number; hint?: string };

const FAILED: Row = { exit: EXIT.failed };
const USAGE: Row = { exit: EXIT.usage };
const LOGIN_NEEDED: Row = { exit: EXIT.loginNeeded };
const BUSY: Row = {
  exit: EXIT.notReady,
  hint: "try again when that process has ended",
};

/**
 * The exit code of each error, and the hints that are the same for all errors
 * with a code. Other hints are in the errors themselves.
 */
const MEANINGS: Readonly<
  Record<ErrorCode | OAuthErrorCode | UsageError["code"], Row>
> = {
  "usage": USAGE,

  "no-such-account": USAGE, // as for a label that no account has
  "wrong-kind": USAGE,
  "has-key": USAGE,
  "invalid-label": USAGE,
  "plan-login": USAGE,
  // Not 2: the command line is right, and works with another state of accounts.
  "account-removed": FAILED,
  "account-disabled": FAILED,
  "account-replaced": FAILED,
  "has-login": FAILED,
  "no-earlier-login": FAILED,
  "no-other-account": FAILED,
  "none-active": FAILED,
  "only-account": FAILED,
  "wrong-owner": FAILED,

  // Not 75: waiting does not help, only the user does.
  "no-account": LOGIN_NEEDED,
  "none-usable": LOGIN_NEEDED,
  "doubtful": LOGIN_NEEDED,
  "login-ended": LOGIN_NEEDED,
  "account-refused": LOGIN_NEEDED,

  "none-ready": { exit: EXIT.notReady },
  "locked": BUSY,
  "refreshing": BUSY,
  "in-use": BUSY,

  "no-home": { exit: EXIT.failed, hint: "set HOME, or use --dir" },
  "unsafe-file": FAILED,
  "other-agent": USAGE,
  "invalid-credential": FAILED,
  "unproven-login": FAILED,
  "unsaved-tokens": FAILED,

  "program-not-found": {
    exit: EXIT.programNotFound,
    hint: `${chosenAgent().product.install.latest}, or name it with --bin`,
  },
  "unusable-argument": USAGE,
  "foreign-login": USAGE,
  "no-link": USAGE,
  "gateway-blocked": USAGE,
  "timed-out": { exit: EXIT.timeout, hint: "allow more time with --timeout" },
  "failed": FAILED,

  // Only a new login fixes these three.
  access_denied: LOGIN_NEEDED,
  expired_token: LOGIN_NEEDED,
  invalid_grant: LOGIN_NEEDED,
  refused: FAILED,
  busy: FAILED,
  unavailable: FAILED,
  unreadable: FAILED,
  unreachable: FAILED,
  invalid_endpoint: USAGE,
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

/** Maps `error` to an exit code and a hint; the one place where that is done. */
export function meaningOf(error: unknown): ErrorMeaning {
  const row = rowOf(error);
  const hint = hintOf(error) ?? row.hint;
  if (error instanceof NoAccountReadyError) {
    const { accounts } = error;
    const code = row.exit;
    const choice = ownChoice(accounts);
    const now = Date.now();
    if (choice) {
      const message = describeOwnChoice(choice, (it) => soon(it, now));
      return { code, hint: undefined, message };
    }
    return { code, hint: hint ?? hintToWait(accounts), notReady: accounts };
  }
  const ended = error instanceof AgentError ? error.exitCode : undefined;
  return { code: ended || row.exit, hint };
}

function rowOf(error: unknown): Row {
  const { code = "", cause }: { code?: unknown; cause?: unknown } =
    error instanceof Error ? error : {};
  const own = Object.entries(MEANINGS).find(([it]) => it === code);
  if (own) return own[1];
  const hint = SYSTEM_HINTS[errorCode(error) ?? errorCode(cause) ?? ""];
  return { ...FAILED, ...(hint === undefined ? {} : { hint }) };
}

/**
 * Returns the hint for when no account is ready. Waiting does not help if the
 * service has refused every account.
 */
function hintToWait(accounts: readonly Readiness[]): string {
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
