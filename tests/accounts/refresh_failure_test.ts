import { assertEquals } from "@std/assert";
import {
  loginEnded,
  unsavedTokens,
} from "../../lib/accounts/refresh/refresh_failure.ts";

const UNSAVED: [path: string | undefined, code: string | undefined, string][] =
  [
    ["/x.json", undefined, "see how to import them: account-qwen doctor"],
    [
      "/x.json",
      "ENOSPC",
      "make room, then see how to import them: account-qwen doctor",
    ],
    [
      "/x.json",
      "EROFS",
      "make the accounts folder writable, then see how to import them: " +
      "account-qwen doctor",
    ],
    [undefined, undefined, "log in: account-qwen login 2"],
    [undefined, "ENOSPC", "make room, then log in: account-qwen login 2"],
  ];

for (const [path, code, hint] of UNSAVED) {
  Deno.test(`unsavedTokens() hints at "${hint}"`, () => {
    const cause = Object.assign(new Error(), { code });
    const error = unsavedTokens({ index: 2 }, { path, problem: "x", cause });
    assertEquals(error.hint, hint);
  });
}

Deno.test("loginEnded() hints at a new login", () => {
  const { hint } = loginEnded({ index: 2, name: "account 2 (work)" });
  assertEquals(hint, "log in again: account-qwen login 2");
});
