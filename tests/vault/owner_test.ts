import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { randomHex, slotPath } from "../../lib/disk/names.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { jwtFolder, jwtLogin } from "../accounts/jwt.ts";
import { managerOf } from "../accounts/managers.ts";
import { settled } from "../accounts/watched.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { assertFails } from "../support/assert_fails.ts";
import { stashPaths, suspectsIn } from "../support/kept_files.ts";
import { recordRun } from "../support/run_records.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";

const END = NOW + 3_600_000;

const SHARES: Record<string, { bytes: Uint8Array; isNewer: boolean }> = {
  "it is the content of the slot": { bytes: credential(2), isNewer: false },
  "it has the refresh token of the slot": {
    bytes: credential(2, { accessToken: "next", expiresAt: END + 1 }),
    isNewer: true,
  },
  "it has the access token of the slot": {
    bytes: credential(2, { refreshToken: "next", expiresAt: END + 1 }),
    isNewer: true,
  },
  "it expires when the login in the slot does": {
    bytes: credential(2, { accessToken: "next" }),
    isNewer: true,
  },
  "it expires before the login in the slot does": {
    bytes: credential(2, { accessToken: "earlier", expiresAt: END - 1 }),
    isNewer: false,
  },
};

for (const [when, { bytes, isNewer }] of Object.entries(SHARES)) {
  const age = isNewer ? "newer login" : "login";
  Deno.test(`accountWithLogin() finds a ${age} of account 2 when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2, 3] });
    assertEquals(await ownerOf(folder, bytes), { index: 2, isNewer });
  });

  Deno.test(`a login belongs to account 2 although only others run when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2, 3],
      state: { current_index: 1, linked: true },
    });
    using _ = strangers();
    for (const it of [1, 3]) await recordRun(folder.layout, runOf(it));
    await folder.put(bytes);
    await settled(folder);
    assertEquals(await folder.slot(2), isNewer ? bytes : credential(2));
    for (const it of [1, 3]) {
      assertEquals(await folder.slot(it), credential(it));
    }
    assertEquals(await folder.stash(), []);
  });
}

Deno.test("accountWithLogin() finds the account that had one of the tokens earlier", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.renew(2, refreshed(2));
  const bytes = credential(2, { accessToken: "of the first refresh token" });
  assertEquals(await ownerOf(folder, bytes), { index: 2, isNewer: false });
});

Deno.test("accountWithLogin() trusts a slot more than what another account had earlier", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.renew(1, credential(2));
  await folder.renew(1, refreshed(1));
  const bytes = credential(2, { accessToken: "next" });
  assertEquals(await ownerOf(folder, bytes), { index: 2, isNewer: true });
});

Deno.test("a login belongs to the only account that can have written it, even when its slot is broken", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 2, linked: true },
  });
  using _ = strangers();
  await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
  await folder.put(refreshed(9));
  await settled(folder);
  assertEquals(await folder.slot(2), refreshed(9));
});

const UNPROVEN: Record<string, Uint8Array> = {
  "it shares no token": refreshed(9),
  "it shares a token with two slots": credential(1, { accessToken: "next" }),
};

for (const [when, bytes] of Object.entries(UNPROVEN)) {
  Deno.test(`accountWithLogin() finds none when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2, 3] });
    const twin = credential(1, { accessToken: "of a copied slot" });
    await folder.put(twin, slotPath(folder.layout, 2));
    assertEquals(await ownerOf(folder, bytes), undefined);
  });
}

Deno.test("a login that shares a token with two slots does not belong to a third account that runs", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    state: { current_index: 3, linked: true },
  });
  using _ = strangers();
  const twin = credential(1, { accessToken: "of a copied slot" });
  await folder.put(twin, slotPath(folder.layout, 2));
  await folder.put(credential(1, { accessToken: "next" }));
  await settled(folder);
  assertEquals(await folder.slot(3), credential(3));
  assertEquals((await folder.stash()).length, 1);
});

Deno.test("accountWithLogin() finds the account of the same JWT subject", async () => {
  await using folder = await jwtFolder();
  const owner = await ownerOf(folder, jwtLogin({ sub: "user-2" }));
  assertEquals(owner, { index: 2, isNewer: true });
});

const OTHER_CLAIMS: Record<string, Uint8Array> = {
  "another issuer": jwtLogin({ iss: "https://other.invalid", sub: "user-2" }),
  "another subject": jwtLogin({ sub: "user-3" }),
  "no subject": jwtLogin({}),
  "an empty subject": jwtLogin({ sub: "" }),
  "a subject that is not text": jwtLogin({ sub: 2 }),
  "a payload that is not base64url": withPayload("%%%"),
  "a payload that is not JSON": withPayload("bm8ganNvbg"),
  "no payload": withPayload(""),
};

for (const [what, bytes] of Object.entries(OTHER_CLAIMS)) {
  Deno.test(`accountWithLogin() finds none when the JWT has ${what}`, async () => {
    await using folder = await jwtFolder();
    assertEquals(await ownerOf(folder, bytes), undefined);
  });
}

const SUSPECTED: Record<string, { bytes: Uint8Array; suspects: number[] }> = {
  "shows no subject": { bytes: refreshed(9), suspects: [1, 2] },
  "has the subject of a third": {
    bytes: jwtLogin({ sub: "user-7" }),
    suspects: [],
  },
};

for (const [when, { bytes, suspects }] of Object.entries(SUSPECTED)) {
  for (const isBroken of [false, true]) {
    Deno.test(`a login is stashed as one of [${suspects}] when it ${when}${isBroken ? ", even where the slots are broken" : ""}`, async () => {
      await using folder = await jwtFolder();
      using _ = strangers();
      for (const it of isBroken ? [1, 2] : []) {
        await folder.renew(it, await folder.slot(it));
        await folder.put(new Uint8Array(), slotPath(folder.layout, it));
      }
      await folder.put(bytes);
      await settled(folder);
      const stash = await stashPaths(folder.layout);
      assertEquals(stash.map(suspectsIn), [suspects]);
    });
  }
}

Deno.test("a login does not belong to the only account that runs when its JWT has another subject", async () => {
  await using folder = await jwtFolder();
  using _ = strangers();
  const own = await folder.slot(2);
  await managerOf(folder).switchTo(2);
  await folder.put(jwtLogin({ sub: "user-7" }));
  await settled(folder);
  assertEquals(await folder.slot(2), own);
  assertEquals(await folder.stash(), [jwtLogin({ sub: "user-7" })]);
});

const CONTRADICTIONS: Record<string, [Uint8Array, string | undefined]> = {
  "its owner is unknown": [refreshed(9), undefined],
  "it has a token of the account": [
    credential(3, { accessToken: "next" }),
    undefined,
  ],
  "it has a token of another account": [
    credential(2, { accessToken: "next" }),
    "belongs to account 2",
  ],
  "it has the subject of another account": [
    jwtLogin({ sub: "user-1" }),
    "belongs to account 1",
  ],
  "another slot has it": [credential(4), "is now in the slot of account 4"],
};

for (const [when, [bytes, problem]] of Object.entries(CONTRADICTIONS)) {
  Deno.test(`restore() ${problem ? "refuses" : "accepts"} a stashed login for account 3 when ${when}`, async () => {
    await using folder = await jwtFolder([1, 2, 3, 4]);
    for (const it of [2, 3, 4]) {
      await folder.put(credential(it), slotPath(folder.layout, it));
    }
    const stash = await stashed(folder, bytes, [3]);
    const restore = () => managerOf(folder).restore(3, { stash });
    if (problem) await assertFails(restore, "wrong-owner", `: it ${problem}`);
    else await restore();
    assertEquals(await folder.slot(3), problem ? credential(3) : bytes);
  });
}

Deno.test("restore() accepts a login of a slot for the account that has a copy of it", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const twin = credential(1, { accessToken: "of a copied slot" });
  await folder.put(twin, slotPath(folder.layout, 2));
  const bytes = credential(1, { accessToken: "next" });
  const stash = await stashed(folder, bytes, [2]);
  await managerOf(folder).restore(2, { stash });
  assertEquals(await folder.slot(2), bytes);
});

/** A login whose access token is a JWT with this payload. */
function withPayload(payload: string): Uint8Array {
  return credential(9, { accessToken: `e30.${payload}.c2ln` });
}

/** A run with account `account` that is under way. */
function runOf(account: number) {
  const process = runtime.host.identify(Deno.pid) ?? "";
  return { id: randomHex(8), account, process };
}

async function ownerOf(folder: AccountFolder, bytes: Uint8Array) {
  const path = `${folder.path}/login.json`;
  await folder.put(bytes, path);
  return await managerOf(folder).accountWithLogin(path);
}
