import { FileError, hasCode, LoginNeededError } from "../../errors.ts";
import {
  type Asked,
  isOAuthErrorCode,
  OAuthError,
} from "../../oauth/errors.ts";
import { invocation } from "../../program.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { Failed } from "../../vault/settle/lease.ts";

const UNSAVED = "unsaved";

/** The error for when the service does not accept the login of an account any more. */
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

/** What to do first about what kept the tokens from being saved. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EACCES: "make the accounts folder writable, then ",
  EDQUOT: "make room, then ",
  ENOSPC: "make room, then ",
  EROFS: "make the accounts folder writable, then ",
};

/**
 * The error for when new tokens of an account cannot be put into its slot;
 * `path` is where they are instead, if anywhere.
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
  const login = `${invocation()} login${
    index === undefined ? "" : ` ${index}`
  }`;
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

/** What those that wait are to know of `error`; nothing if it was only ours. */
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
 * Whether new tokens could not be saved and are where `failure` says: the ones
 * in the slot are used up, however long ago that was.
 */
export async function areElsewhere(
  { code, path }: Failed,
): Promise<boolean> {
  if (code !== UNSAVED || path === undefined) return false;
  return (await runtime.files.info(path))?.kind === "file";
}

/** The error of the other process; `undefined` if it is not known. */
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
