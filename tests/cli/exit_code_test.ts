import { assert, assertEquals } from "@std/assert";
import { meaningOf } from "../../lib/cli/exit_code.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import {
  AccountError,
  AgentError,
  BusyError,
  FileError,
  LoginNeededError,
  NoAccountReadyError,
} from "../../lib/errors.ts";
import {
  hasNoLogin,
  invalidCredential,
  noAccount,
  noHome,
  noneActive,
  noSuchAccount,
  unsafeFile,
} from "../../lib/common_errors.ts";
import { OAuthError } from "../../lib/oauth/errors.ts";

const TWO = { index: 2, name: "account 2 (work)" };

const MEANINGS: [Error, number, string][] = [
  [new UsageError("Unknown flag", "list --json"), 2, "list --json"],
  [
    new AgentError("gateway-blocked", "x", { hint: "or --mode link" }),
    2,
    "or --mode link",
  ],
  [noAccount("/accounts"), 4, "account-qwen setup"],
  [new LoginNeededError("none-usable", "x", { hint: "hint" }), 4, "hint"],
  [new LoginNeededError("doubtful", "x", { hint: "hint" }), 4, "hint"],
  [new LoginNeededError("login-ended", "x", { hint: "hint" }), 4, "hint"],
  [hasNoLogin("log in to", TWO), 2, "add --replace 2 --api-key-stdin"],
  [new AccountError("account-disabled", "x", { hint: "hint" }), 1, "hint"],
  [new FileError("unsaved-tokens", "x", { hint: "hint" }), 1, "hint"],
  [noneActive([1, 2]), 1, "account-qwen switch 1"],
  [new NoAccountReadyError([]), 75, "exec --wait"],
  [new BusyError("refreshing", "x"), 75, "try again"],
  [new BusyError("locked", "x"), 75, "try again"],
  [new AccountError("only-account", "x", { hint: "hint" }), 1, "hint"],
  [noSuchAccount(9, [1, 2]), 2, "account-qwen list"],
  [noSuchAccount(9, []), 2, "account-qwen setup"],
  [noSuchAccount(9, [1], { wasRemoved: true }), 1, "account-qwen list"],
  [noSuchAccount(9, [], { wasRemoved: true }), 1, "account-qwen setup"],
  [new AgentError("program-not-found", "x"), 127, "npm install -g @qwen-code"],
  [noHome(), 1, "HOME"],
  [unsafeFile("/file", "is a folder"), 1, "move it away"],
  [unsafeFile("/file", "is of 7", 7), 1, "run as user 7 (in a c"],
  [invalidCredential("/file", "it is empty"), 1, "account-qwen doctor"],
  [new OAuthError("use A_URL", "invalid_endpoint", "x"), 2, "unset it"],
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
    new OAuthError("log in", "expired_token", "x", { asked: TWO }),
    4,
    "account-qwen login 2",
  ],
];

for (const [error, code, hint] of MEANINGS) {
  Deno.test(`meaningOf() returns ${code} and "${hint}" for a ${error.name} (${error.message})`, () => {
    const meaning = meaningOf(error);
    assertEquals(meaning.code, code);
    assert(meaning.hint?.includes(hint), meaning.hint);
  });
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
