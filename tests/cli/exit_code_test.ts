import { assert, assertEquals } from "@std/assert";
import { meaningOf } from "../../lib/cli/exit_code.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import {
  DoubtfulAccountError,
  HomeNotSetError,
  LockTimeoutError,
  LoginNeededError,
  MissingAccountError,
  NoAccountError,
  NoAccountReadyError,
  NoActiveAccountError,
  NoOtherAccountError,
  UnsafeFileError,
} from "../../lib/errors.ts";
import {
  InvalidCredentialError,
  KeyAccountError,
  LoginEndedError,
  NoEarlierLoginError,
  RefreshTimeoutError,
  UnsavedLoginError,
} from "../../lib/login_errors.ts";
import {
  GatewayBlockedError,
  ProgramNotFoundError,
} from "../../lib/run_errors.ts";
import { InvalidEndpointError, OAuthError } from "../../lib/oauth/errors.ts";

const MEANINGS: [Error, number, string][] = [
  [new UsageError("Unknown flag", "list", "list --json"), 2, "list --json"],
  [new GatewayBlockedError("no way"), 2, "or --mode link"],
  [new NoAccountError("/accounts"), 4, "account-qwen setup"],
  [new LoginNeededError([1, 2]), 4, "account-qwen doctor"],
  [new DoubtfulAccountError(2), 4, "account-qwen doctor"],
  [new LoginEndedError(2), 4, "account-qwen login 2"],
  [new KeyAccountError("log in to", 2), 2, "add --replace 2 --api-key-stdin"],
  [
    new NoEarlierLoginError(2, { generation: 1, kept: 0, isGuess: false }),
    1,
    "account-qwen login 2",
  ],
  [unsaved("/x.json"), 1, "see how to import them: account-qwen doctor"],
  [unsaved("/x.json", "ENOSPC"), 1, "make room, then see how to"],
  [unsaved("/x.json", "EROFS"), 1, "writable, then see how to"],
  [unsaved(undefined), 1, "log in: account-qwen login 2"],
  [unsaved(undefined, "ENOSPC"), 1, "make room, then log in: account-qwen"],
  [new NoActiveAccountError([1, 2]), 1, "account-qwen switch 1"],
  [
    new RefreshTimeoutError(2, { name: "2", holder: "x", waitedMs: 1 }),
    75,
    "try again",
  ],
  [new NoAccountReadyError([]), 75, "exec --wait"],
  [new LockTimeoutError("/lock", 30_000), 75, "try again"],
  [new NoOtherAccountError(1), 1, "account-qwen setup"],
  [new NoOtherAccountError(1, [2]), 1, "account-qwen doctor"],
  [new MissingAccountError(9, [1, 2]), 2, "account-qwen list"],
  [new ProgramNotFoundError("qwen"), 127, "npm install -g @qwen-code"],
  [new HomeNotSetError(), 1, "HOME"],
  [new UnsafeFileError("/file", "is a folder"), 1, "move it away"],
  [new UnsafeFileError("/file", "is of 7", 7), 1, "run as user 7 (in a c"],
  [
    new InvalidCredentialError("/file", "it is empty"),
    1,
    "account-qwen doctor",
  ],
  [new InvalidEndpointError("A_URL", "is not a URL"), 2, "unset it"],
  [new OAuthError("log in", "access_denied", "x"), 4, "account-qwen login"],
  [new OAuthError("log in", "expired_token", "x"), 4, "a new code"],
  [
    new OAuthError("refresh the login", "invalid_grant", "x"),
    4,
    "log in again",
  ],
  [new OAuthError("refresh the login", "busy", "x"), 1, "a few minutes"],
  [new OAuthError("log in", "unreachable", "x"), 1, "check the network"],
  [
    new OAuthError("log in", "expired_token", "x", {
      asked: { index: 2, name: "account 2 (work)" },
    }),
    4,
    "account-qwen login 2",
  ],
];

for (const [error, code, hint] of MEANINGS) {
  Deno.test(`meaningOf() returns ${code} and a hint for a ${error.name} (${error.message})`, () => {
    const meaning = meaningOf(error);
    assertEquals(meaning.code, code);
    assert(meaning.hint?.includes(hint), meaning.hint);
  });
}

function unsaved(path: string | undefined, code?: string): UnsavedLoginError {
  const cause = Object.assign(new Error(), { code });
  return new UnsavedLoginError(2, path, "x", { cause });
}

const SYSTEM: Record<string, string> = {
  EACCES: "--user",
  EROFS: "no :ro",
  EBUSY: "mount the folder, not the file",
  ENOLCK: "use --dir with a folder on a local disk",
  EOPNOTSUPP: "use --dir with a folder on a local disk",
  EPERM: "use --dir with a folder on a local disk",
  ENOSPC: "make room",
  ENOTDIR: "--dir",
};

for (const [code, hint] of Object.entries(SYSTEM)) {
  Deno.test(`meaningOf() returns 1 and a hint for ${code}`, () => {
    const meaning = meaningOf(Object.assign(new Error("broken"), { code }));
    assertEquals(meaning.code, 1);
    assert(meaning.hint?.includes(hint), meaning.hint);
  });
}

for (const error of [new Error("broken"), new TypeError("broken"), "broken"]) {
  Deno.test(`meaningOf() returns 1 without a hint for ${error}`, () => {
    assertEquals(meaningOf(error), { code: 1, hint: undefined });
  });
}
