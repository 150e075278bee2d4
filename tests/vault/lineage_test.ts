import { assertEquals } from "@std/assert";
import { randomHex } from "../../lib/disk/names.ts";
import { runtime } from "../../lib/system/mod.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { settled } from "../accounts/watched.ts";
import { accountFolder, credential } from "../support/account_folder.ts";
import { recordRun } from "../support/run_records.ts";
import { strangers } from "../support/strangers.ts";
import { tellGrant } from "../support/told.ts";

const NOTES: Record<string, { grants: Uint8Array[][]; owner?: number }> = {
  "there are no notes": { grants: [] },
  "the notes lead back to a slot": {
    grants: [[credential(1), refreshed(7, 1)], [
      refreshed(7, 1),
      refreshed(7, 2),
    ]],
    owner: 1,
  },
  "the notes lead back to nothing": {
    grants: [[refreshed(7, 1), refreshed(7, 2)]],
  },
  "the notes form a circle": {
    grants: [[refreshed(7, 1), refreshed(7, 2)], [
      refreshed(7, 2),
      refreshed(7, 1),
    ]],
  },
};

for (const [when, { grants, owner }] of Object.entries(NOTES)) {
  const whose = owner === undefined ? "no account" : `account ${owner}`;
  Deno.test(`a login of two runs belongs to ${whose} when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2],
      state: { current_index: 2, linked: true },
    });
    using _ = strangers();
    const process = runtime.host.identify(Deno.pid) ?? "";
    for (const account of [1, 2]) {
      await recordRun(folder.layout, { id: randomHex(8), account, process });
    }
    for (const [sent, granted] of grants) {
      if (sent && granted) await tellGrant(folder, sent, granted);
    }
    const login = refreshed(7, 2);
    await folder.put(login);
    await settled(folder);
    assertEquals(await folder.stash(), owner === undefined ? [login] : []);
    for (const it of [1, 2]) {
      assertEquals(
        await folder.slot(it),
        it === owner ? login : credential(it),
      );
    }
  });
}
