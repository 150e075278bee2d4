import { assertEquals } from "@std/assert";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { makePipe } from "../support/pipe.ts";
import { strangers } from "../support/strangers.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const OUTSIDE = "outside.json";

const LINKS: Record<string, (folder: AccountFolder) => string> = {
  "outside accounts/": () => OUTSIDE,
  "outside by an absolute path": ({ path }) => `${path}/${OUTSIDE}`,
  "to a slot of another folder": () => "elsewhere/oauth_creds_1.json",
  "to itself": () => "oauth_creds.json",
  "to nothing": () => "accounts/nothing.json",
  "to a missing slot": () => "accounts/oauth_creds_9.json",
  "to a folder": () => "accounts",
  "to a device": () => "/dev/null",
};

const OPERATIONS = ["switchTo()", "beginRun()", "repair()"] as const;

for (const [where, target] of Object.entries(LINKS)) {
  for (const operation of OPERATIONS) {
    Deno.test(`${operation} recreates the link when it points ${where}`, async () => {
      await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
      using _strangers = strangers();
      await spoilLink(folder, target(folder));
      await operate(folder, operation);
      assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
      assertEquals(await folder.slot(1), credential(1));
      assertEquals(await folder.slot(2), credential(2));
      const outside = await Deno.readTextFile(`${folder.path}/${OUTSIDE}`);
      assertEquals(outside, "precious");
    });
  }
}

Deno.test("switchTo() says so when the link pointed outside accounts/", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await spoilLink(folder, OUTSIDE);
  const notices: string[] = [];
  await managerOf(folder, { notices }).switchTo(1);
  assertEquals(notices, [
    "oauth_creds.json pointed elsewhere: replaced with our link",
  ]);
});

Deno.test("switchTo() leaves an absolute link to a slot when that account is asked for", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const target = `${folder.layout.accounts}/oauth_creds_2.json`;
  await spoilLink(folder, target);
  const result = await managerOf(folder).switchTo(2);
  assertEquals(result, { switched: false, from: 2, to: 2 });
  assertEquals(await linkOf(folder), target);
});

Deno.test("switchTo() makes an absolute link relative when it moves it", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await spoilLink(folder, `${folder.layout.accounts}/oauth_creds_2.json`);
  await managerOf(folder).switchTo(1);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

for (const operation of OPERATIONS) {
  Deno.test(`${operation} throws and changes nothing when a folder is in the link's place`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    await Deno.mkdir(folder.layout.live);
    await folder.put(credential(7), `${folder.layout.live}/oauth_creds.json`);
    const before = await folder.credentials();
    await assertFails(
      () => operate(folder, operation),
      "unsafe-file",
      `Cannot use "${folder.layout.live}": it is a directory, not a file`,
    );
    assertEquals(await folder.credentials(), before);
  });

  Deno.test(`${operation} makes the link when a pipe is in its place`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { live } = folder.layout;
    await makePipe(live);
    await operate(folder, operation);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  });
}

async function spoilLink(
  { path, layout }: AccountFolder,
  target: string,
): Promise<void> {
  await Deno.writeTextFile(`${path}/${OUTSIDE}`, "precious");
  await Deno.remove(layout.live);
  await Deno.symlink(target, layout.live);
}

async function operate(
  folder: AccountFolder,
  operation: (typeof OPERATIONS)[number],
): Promise<void> {
  const manager = managerOf(folder);
  if (operation === "switchTo()") await manager.switchTo(1);
  else if (operation === "beginRun()") await manager.beginRun();
  else await manager.repair();
}
