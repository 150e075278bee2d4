import { LoginEndedError, UnsavedLoginError } from "../../login_errors.ts";
import {
  type Asked,
  isOAuthErrorCode,
  OAuthError,
} from "../../oauth/errors.ts";
import { runtime } from "../../system/mod.ts";
import type { Failed } from "../../vault/settle/lease.ts";

const UNSAVED = "unsaved";

/** What those that wait are to know of `error`; nothing if it was only ours. */
export function failureOf(
  error: unknown,
  when: Pick<Failed, "failedAt" | "expiresAt">,
): Failed | undefined {
  if (error instanceof LoginEndedError) {
    return { ...when, code: "invalid_grant", problem: "" };
  }
  if (error instanceof OAuthError) {
    return { ...when, code: error.code, problem: error.problem };
  }
  if (error instanceof UnsavedLoginError) {
    const { reason, path } = error;
    return { ...when, code: UNSAVED, problem: reason, path };
  }
  return undefined;
}

/**
 * Whether new tokens could not be saved and are where `failure` says: the ones
 * in the slot are used up, however long ago that was.
 */
export async function areElsewhere(
  { code, path }: Failed,
): Promise<boolean> {
  if (code !== UNSAVED || path === undefined) return false;
  return (await runtime.files.info(path))?.kind === "file";
}

/** The error that another process had; `undefined` if nobody knows such a one. */
export function errorOfFailure(
  { code, problem, path }: Failed,
  asked: Asked,
): Error | undefined {
  const { index, name } = asked;
  if (code === UNSAVED) {
    return new UnsavedLoginError(index, path, problem, { name });
  }
  if (code === "invalid_grant") return new LoginEndedError(index, { name });
  return isOAuthErrorCode(code)
    ? new OAuthError("refresh the login", code, problem, { asked })
    : undefined;
}
