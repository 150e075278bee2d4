/**
 * Notices name the accounts by their labels.
 *
 * @module
 */

import { assertFails } from "../support/assert_fails.ts";
import { assertEquals } from "@std/assert";
import { exhaustedReply } from "../../lib/gateway/error_reply.ts";
import { responseOf } from "../../lib/gateway/reply.ts";
import { openaiChat } from "../../lib/gateway/wire/openai_chat.ts";
import { Doctor } from "../../lib/doctor/doctor.ts";
import {
  type AccountFolder,
  accountFolder,
  NEEDS_LOGIN,
} from "../support/account_folder.ts";

type Deed = (
  accounts: Doctor,
  folder: AccountFolder,
) => Promise<unknown>;

const NOTICES: Record<string, Deed> = {
  "work (account 1) is disabled: home (account 2) is the active one now":
    async (accounts, { layout }) => {
      await accounts.disable(1);
      // As a program would that does not know about it.
      await Deno.remove(layout.live);
      await Deno.symlink("accounts/oauth_creds_1.json", layout.live);
      await accounts.repair();
    },
  "home (account 2) is skipped: its slot is empty": async (accounts, it) => {
    await Deno.writeFile(
      `${it.layout.accounts}/oauth_creds_2.json`,
      new Uint8Array(),
    );
    await accounts.switchNext().catch(() => {});
  },
  "home (account 2) stays disabled: account-qwen enable 2": async (
    accounts,
  ) => {
    await accounts.disable(2);
    await accounts.clearCooldowns(2);
  },
};

for (const [notice, deed] of Object.entries(NOTICES)) {
  Deno.test(`a notice names accounts by their labels: ${notice}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    const said: string[] = [];
    const accounts = new Doctor({
      dir: folder.path,
      notify: (it) => said.push(it),
    });
    await accounts.setLabel(1, "work");
    await accounts.setLabel(2, "home");
    await deed(accounts, folder);
    assertEquals(said.filter((it) => it === notice), [notice], said.join("\n"));
  });
}

Deno.test("exhaustedReply() names skipped and disabled accounts by their labels", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: {
      accounts: {
        account1: { label: "work", ...NEEDS_LOGIN },
        account2: { label: "at home", disabled: true },
      },
    },
  });
  const error = await assertFails(
    () => new Doctor({ dir: folder.path }).beginRun(),
    "none-usable",
  );
  assertEquals(
    error.message,
    "Cannot choose an account: all are skipped (work, at home); disabled: at home",
  );
  const reply = exhaustedReply(error, { wire: openaiChat, now: 0 });
  const { error: { message } } = await responseOf(reply).json();
  assertEquals(
    message,
    "No account may be used: work (account 1) must be fixed first " +
      "(account-qwen doctor); at home (account 2) is disabled " +
      "(account-qwen enable 'at home')",
  );
});
