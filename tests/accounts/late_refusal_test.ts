/**
 * Runs with a login in a folder whose refusal comes late: meanwhile the account
 * has got another login, which that says nothing about.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { AccountManager } from "../../lib/mod.ts";
import { loginOf } from "../support/codex_login.ts";
import { type FolderAgent, loginFolders } from "../support/login_folders.ts";
import { loginScene } from "../support/login_run_scene.ts";

const AGENTS: readonly FolderAgent[] = ["codex", "claude"];

const ANNA = { owner: "anna", token: "token-anna" };
const BEN = { owner: "ben", token: "token-ben" };
const TWO = { accounts: { 1: ANNA, 2: BEN }, plain: 1 };

const NEW = { ...BEN, token: "token-ben-2" };
const LATER = { ...BEN, expiresAt: 4_102_444_800_001 };

for (const agent of AGENTS) {
  Deno.test(`${agent}: a refused run does not block an account that got another login meanwhile`, async () => {
    await using it = await loginFolders(agent, TWO);
    const run = await it.accounts.beginRun({ account: 2 });
    it.write(it.file(2), NEW);
    const { isDisturbed } = await it.accounts.endRun(run, { kind: "login" });
    assertEquals(isDisturbed, true);
    assertEquals(await blockOf(it.accounts, 2), undefined);
  });

  Deno.test(`${agent}: a refused run blocks an account that has the same login`, async () => {
    await using it = await loginFolders(agent, TWO);
    const run = await it.accounts.beginRun({ account: 2 });
    it.write(it.file(2), LATER); // the same token, written anew
    const { isDisturbed } = await it.accounts.endRun(run, { kind: "login" });
    assertEquals(isDisturbed, false);
    assertEquals(await blockOf(it.accounts, 2), "login needed");
  });

  Deno.test(`${agent}: a refused run blocks an account whose login is gone`, async () => {
    await using it = await loginFolders(agent, TWO);
    const run = await it.accounts.beginRun({ account: 2 });
    await Deno.remove(it.file(2));
    await it.accounts.endRun(run, { kind: "login" });
    assertEquals(await blockOf(it.accounts, 2), "login needed");
  });
}

Deno.test("claude: a refused run blocks an account whose login the agent has blanked", async () => {
  await using it = await loginFolders("claude", TWO);
  const run = await it.accounts.beginRun({ account: 2 });
  it.write(it.file(2), { ...BEN, token: "" });
  await it.accounts.endRun(run, { kind: "login" });
  assertEquals(await blockOf(it.accounts, 2), "login needed");
});

Deno.test("exec --cli codex runs the prompt again with the login that replaced a refused one", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const next = loginOf("account-1", { refreshToken: "refresh-2" });
  await Deno.writeFile(`${scene.home}/next`, next.bytes);
  const { code, stdout, stderr } = await scene.exec({
    script: `if [ -e "$HOME/next" ]; then
      mv "$HOME/next" "$CODEX_HOME/auth.json"
      echo 'ERROR: Your access token could not be refreshed because your' \\
        'refresh token was revoked. Please log out and sign in again.' >&2
      exit 1
    fi`,
  });
  assertEquals([code, stdout], [0, "Paris\n"], stderr);
  assertMatch(stderr, /^account-qwen: account 1 has a login that .* rerun/m);
});

/** Returns why rotation skips account `index`. */
async function blockOf(
  accounts: AccountManager,
  index: number,
): Promise<string | undefined> {
  const all = await accounts.listAccounts();
  return all.find((it) => it.index === index)?.blocked;
}
