import { assertEquals, assertRejects } from "@std/assert";
import { meaningOf } from "../../lib/cli/exit_code.ts";
import { Doctor } from "../../lib/doctor/doctor.ts";
import {
  type AccountFolder,
  credential,
  namesIn,
  text,
} from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { refreshToken } from "../support/home.ts";
import { singleUseServer } from "../support/single_use.ts";
import { dueFolder, refreshSystem } from "./due.ts";
import { assertCode, assertFails } from "../support/assert_fails.ts";

const BUSY: Record<string, (accounts: Doctor) => Promise<unknown>> = {
  "move account 1": (accounts) => accounts.moveAccount(1, 8),
  "remove account 1": (accounts) => accounts.removeAccount(1),
};

for (const [what, action] of Object.entries(BUSY)) {
  Deno.test(`an attempt to ${what} is refused while its tokens are being refreshed`, async () => {
    await using folder = await dueFolder({ active: 2 });
    let error: unknown;
    await using server = singleUseServer(async () => {
      error = await assertRejects(() => action(managerOf(folder, server.url)));
    });
    const accounts = managerOf(folder, server.url);
    assertEquals((await accounts.refresh(1)).refreshed, true);
    assertCode(error, "in-use");
    assertEquals(
      error.message,
      `Cannot ${what}: its tokens are being refreshed`,
    );
    assertEquals(
      meaningOf(error).hint,
      "try again when that process has ended",
    );
    await action(accounts);
    const last = Object.values(await folder.credentials()).filter((it) =>
      it.includes("granted-refresh-1")
    );
    assertEquals(last.length > 0, true);
  });
}

Deno.test("a new login stays when it came while the tokens of its account were being refreshed", async () => {
  await using folder = await dueFolder({ active: 2 });
  const login = credential(1, {
    accessToken: "login-access",
    refreshToken: "login-refresh",
    expiresAt: Date.now() + 60_000,
  });
  await using server = singleUseServer(async () => {
    await managerOf(folder, server.url).addLogin(login, { index: 1 });
  });
  const { refreshed, expiresAt } = await managerOf(folder, server.url)
    .refresh(1);
  assertEquals(refreshed, false);
  assertEquals(expiresAt, JSON.parse(text(login)).expiry_date);
  assertEquals(await folder.slot(1), login);
  const kept = (await folder.generations(1)).map(text);
  assertEquals(kept.some((it) => it.includes("granted-refresh-1")), true);
});

Deno.test("tokens that could not be saved are reported until they are imported", async () => {
  await using folder = await dueFolder({ active: 2 });
  await using server = singleUseServer();
  const home = `${folder.path}/..`;
  const accounts = managerOf(folder, server.url);
  {
    using _disk = fullFor("granted");
    await assertFails(() => accounts.refresh(1), "unsaved-tokens");
  }
  const [name = ""] = (await namesIn(home)).filter((it) => it.endsWith("json"));
  for (let tries = 0; tries < 2; tries++) {
    const error = await assertFails(
      () => accounts.refresh(1),
      "unsaved-tokens",
    );
    assertEquals(error.path, `${home}/${name}`);
  }
  assertEquals(await accounts.refreshIfDue(1, 30_000), "login needed");
  assertEquals(server.sent, [refreshToken(1)]);

  const run = await accounts.beginRun({ account: 1 });
  await accounts.endRun(run, { kind: "login" });
  const checks = (await accounts.examine()).map((it) => it.check);
  assertEquals(checks.filter((it) => it !== "rescued"), []);

  await Deno.mkdir(folder.layout.stash, { recursive: true, mode: 0o700 });
  await Deno.rename(`${home}/${name}`, `${folder.layout.stash}/${name}`);
  await accounts.restore(1, { stash: name });
  assertEquals((await accounts.refresh(1)).refreshed, true);
  assertEquals(server.reused, []);
});

Deno.test("a refresh sends a new request when the file with the unsaved tokens is gone", async () => {
  await using folder = await dueFolder({ active: 2 });
  await using server = singleUseServer();
  const accounts = managerOf(folder, server.url);
  {
    using _disk = fullFor("granted");
    const { path } = await assertFails(
      () => accounts.refresh(1),
      "unsaved-tokens",
    );
    await Deno.remove(path ?? "");
  }
  await assertRejects(() => accounts.refresh(1), Error, "no longer accepts");
  assertEquals(server.reused, [refreshToken(1)]);
});

function fullFor(what: string): Disposable {
  return replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      const isNew = path.includes("/accounts/") && text(bytes).includes(what);
      if (isNew) throw noSpace();
      await real.create(path, bytes, mode);
    },
  }));
}

function managerOf(folder: AccountFolder, url: string): Doctor {
  return new Doctor({
    dir: folder.path,
    system: refreshSystem(url, `${folder.path}/..`),
  });
}
