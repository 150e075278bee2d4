import { FileError, hasCode, LoginNeededError } from "../../errors.ts";
import {
  type Asked,
  isOAuthErrorCode,
  OAuthError,
} from "../../oauth/errors.ts";
import { invocation } from "../../program.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { Failed } from "../../vault/settle/lease.ts";
import { nameIn } from "../../vault/account_name.ts";
import { messageOf } from "../../system/message_of.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Found } from "../../vault/logins/credential_file.ts";
import { listHistory } from "../../vault/settle/guess.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Locked } from "../../vault/locked.ts";
import {
  blockAccount,
  LOGIN_NEEDED,
  requireNoDoubt,
} from "../../vault/block.ts";
import { requireLogin } from "../secret_of.ts";
import { putGranted } from "../../vault/settle/grants.ts";
import { update, type UpdateOptions } from "../update.ts";

const UNSAVED = "unsaved";

/** Returns the error for when the service no longer accepts a login. */
export function loginEnded(
  { index, name }: Asked,
  cause?: unknown,
): LoginNeededError {
  return new LoginNeededError(
    "login-ended",
    `Cannot refresh ${name}: the service no longer accepts its login`,
    { cause, hint: `log in again: ${invocation()} login ${index}` },
  );
}

/** What to do first, by the error that prevented saving the tokens. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EACCES: "make the accounts folder writable, then ",
  EDQUOT: "make room, then ",
  ENOSPC: "make room, then ",
  EROFS: "make the accounts folder writable, then ",
};

/**
 * Returns the error for when new tokens cannot be saved in the slot of their
 * account; `path` is where they are instead, if anywhere.
 */
export function unsavedTokens(
  { index, name = `account ${index}` }: {
    index: number | undefined;
    name?: string | undefined;
  },
  { path, problem, cause }: {
    path: string | undefined;
    problem: string;
    cause?: unknown;
  },
): FileError {
  const whose = index === undefined ? "" : ` of ${name}`;
  const where = path === undefined ? "they are lost" : `kept as "${path}"`;
  const login = [invocation(), "login", index].join(" ").trim();
  const first = OBSTACLES[errorCode(cause) ?? ""] ?? "";
  const next = path === undefined
    ? `log in: ${login}`
    : `see how to import them: ${invocation()} doctor`;
  return new FileError(
    "unsaved-tokens",
    `Cannot save the new tokens${whose}: ${problem}; ${where}`,
    { cause, path, problem, hint: first + next },
  );
}

/** Returns what waiting processes must know of `error`, if it concerns them. */
export function failureOf(
  error: unknown,
  when: Pick<Failed, "failedAt" | "expiresAt">,
): Failed | undefined {
  if (hasCode(error, "login-ended")) {
    return { ...when, code: "invalid_grant", problem: "" };
  }
  if (error instanceof OAuthError && error.code !== "invalid_endpoint") {
    return { ...when, code: error.code, problem: error.problem };
  }
  if (error instanceof FileError && error.code === "unsaved-tokens") {
    const { problem = "", path } = error;
    return { ...when, code: UNSAVED, problem, path };
  }
  return undefined;
}

/**
 * Whether new tokens could not be saved in the slot and are still in another
 * file. Then the refresh token in the slot is used up, however old the failure.
 */
export async function areElsewhere(
  { code, path }: Failed,
): Promise<boolean> {
  if (code !== UNSAVED || path === undefined) return false;
  return (await runtime.files.info(path))?.kind === "file";
}

/** Returns the error of the other process; `undefined` if unknown. */
export function errorOfFailure(
  { code, problem, path }: Failed,
  asked: Asked,
): Error | undefined {
  if (code === UNSAVED) return unsavedTokens(asked, { path, problem });
  if (code === "invalid_grant") return loginEnded(asked);
  return isOAuthErrorCode(code)
    ? new OAuthError("refresh the login", code, problem, { asked })
    : undefined;
}

/**
 * Handles the refusal of `old`, the login of account `index`. If the account
 * has another login by now, or a later generation, which is put into the slot,
 * returns that login. Otherwise makes rotation skip the account. Does not throw
 * if nothing can be written: that the login is dead is more important to
 * report.
 */
export async function noteEnd(
  layout: Layout,
  { index, name }: Asked,
  old: Found,
  options: UpdateOptions,
): Promise<Found | undefined> {
  try {
    return await update(layout, {
      async change(locked) {
        const since = await otherLogin(locked, index, old) ??
          await takeLater(locked, index, old);
        if (!since) blockAccount(locked, index, LOGIN_NEEDED);
        return since;
      },
    }, options);
  } catch (error) {
    const reason = messageOf(error);
    options.notify(`cannot note that ${name} needs a new login: ${reason}`);
    return undefined;
  }
}

/** Returns the login of account `index`, if it is no longer `old`. */
export async function otherLogin(
  locked: Locked,
  index: number,
  old: Found,
): Promise<Found | undefined> {
  const present = await loginOf(locked, index);
  return sameBytes(present.bytes, old.bytes) ? undefined : present;
}

/** Restores the latest kept login that is later than the one in the slot. */
async function takeLater(
  locked: Locked,
  index: number,
  { credential }: Found,
): Promise<Found | undefined> {
  const history = await listHistory(locked.layout, index);
  const [later] = history.filter((it) =>
    it.guess === undefined &&
    it.credential.refreshToken !== credential.refreshToken &&
    it.credential.expiresAt > credential.expiresAt
  ).sort((a, b) => b.credential.expiresAt - a.credential.expiresAt);
  if (!later) return undefined;
  await putGranted(locked, index, later.bytes);
  const reason = "its login was refused; a later one was kept";
  locked.record({ level: "warn", event: "recovered", to: index, reason });
  const name = nameIn(locked, index);
  locked.notify(
    `${name}: its login was refused; a later one that was kept replaces it`,
  );
  return later;
}

/**
 * Returns the login of account `index`.
 *
 * @throws {AccountError} If no OAuth account has that number.
 * @throws {LoginNeededError} If the stash may have a newer login for it.
 * @throws {FileError} If its slot does not contain a login.
 */
export async function loginOf(locked: Locked, index: number): Promise<Found> {
  requireNoDoubt(locked, index);
  return await requireLogin(locked, index);
}
