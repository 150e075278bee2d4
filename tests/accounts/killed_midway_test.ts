import { assertEquals } from "@std/assert";
import { temporaryName } from "../../lib/disk/names.ts";
import { accountFolder, namesIn } from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { managerOf } from "./managers.ts";

const ACCOUNTS = {
  accounts: [1, 2],
  active: 1,
  state: { current_index: 1, linked: true },
};

const BROKEN: Record<string, Uint8Array> = {
  "is cut short": refreshed(1).subarray(0, 90),
  "begins with a BOM": new Uint8Array([0xef, 0xbb, 0xbf, ...refreshed(1)]),
  "is too large": new Uint8Array(64 * 1024 + 1).fill(0x20),
};

for (const [what, bytes] of Object.entries(BROKEN)) {
  Deno.test(`switchTo() stashes a file that a killed process moved out of the link's place when it ${what}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _strangers = strangers();
    await folder.put(bytes, temporaryName(folder.layout.live));
    await managerOf(folder).switchTo(2);
    assertEquals(await folder.stash(), [bytes]);
  });
}

Deno.test("switchTo() puts a login into its slot that a killed process moved out of the link's place", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  await folder.put(refreshed(1), temporaryName(folder.layout.live));
  await managerOf(folder).switchTo(2);
  assertEquals(await folder.slot(1), refreshed(1));
});

Deno.test("switchTo() leaves no temporary name behind after a kill, and says what it did", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const { layout } = folder;
  await folder.put(refreshed(1), temporaryName(layout.live));
  await folder.put(new Uint8Array(7), temporaryName(layout.state));
  const notices: string[] = [];
  await managerOf(folder, { notices }).switchTo(2);
  const names = [
    ...await namesIn(folder.path),
    ...await namesIn(layout.accounts),
  ];
  assertEquals(names.filter((it) => it.endsWith(".tmp")), []);
  assertEquals(notices, ["finished what an earlier command left undone"]);
  const events = (await folder.events()).map((it) => it.event);
  assertEquals(events.includes("recovered"), true);
});
