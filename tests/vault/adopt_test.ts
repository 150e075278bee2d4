import { assert, assertEquals } from "@std/assert";
import { basename } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NEEDS_LOGIN,
  NOW,
  text,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { jwtFolder, jwtLogin } from "../accounts/jwt.ts";
import { settled, watched } from "../accounts/watched.ts";
import { strangers } from "../support/strangers.ts";
import { stashPaths, suspectsIn } from "../support/kept_files.ts";
import { accountKeys, sameFor } from "../support/state.ts";

const EXPIRES_AT = NOW + 3_600_000;

const OF_ACCOUNT_2 = {
  "newer with the same refresh token": {
    bytes: credential(2, { accessToken: "next", expiresAt: EXPIRES_AT + 1 }),
    isAdopted: true,
  },
  "newer with the same access token": {
    bytes: credential(2, { refreshToken: "next", expiresAt: EXPIRES_AT + 1 }),
    isAdopted: true,
  },
  "other tokens that expire at the same time": {
    bytes: credential(2, { accessToken: "next" }),
    isAdopted: true,
  },
  "older": {
    bytes: credential(2, { accessToken: "earlier", expiresAt: NOW }),
    isAdopted: false,
  },
  "the same": { bytes: credential(2), isAdopted: false },
} as const;

for (const [what, { bytes, isAdopted }] of Object.entries(OF_ACCOUNT_2)) {
  Deno.test(`a change without a switch leaves the file and finds the owner when it is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    await folder.put(bytes);
    const { result, events } = await settled(folder);
    assertEquals(result, 2);
    assertEquals(events, isAdopted ? ["credential_adopted"] : []);
    assertEquals(await Deno.readFile(folder.layout.live), bytes);
    assertEquals(await folder.slot(2), isAdopted ? bytes : credential(2));
    assertEquals(await folder.slot(1), credential(1));
  });

  Deno.test(`a switch moves the file and keeps both when it is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    await folder.put(bytes);
    const { events } = await adopted(folder);
    const keepsOlder = what === "older";
    assertEquals(events, [
      ...(isAdopted ? ["credential_adopted"] : []),
      ...(keepsOlder ? ["credential_kept"] : []),
    ]);
    assertEquals(await folder.slot(2), isAdopted ? bytes : credential(2));
    const kept = Object.values(await folder.credentials());
    for (const it of [bytes, credential(1), credential(2)]) {
      assert(kept.includes(text(it)), "a credential is lost");
    }
    assertEquals(await folder.stash(), []);
    assertEquals("oauth_creds.json" in await folder.credentials(), false);
  });
}

const UNOWNED: Record<string, [Uint8Array, string]> = {
  "its tokens belong to no account": [
    credential(9),
    "belongs to an unknown account",
  ],
  "it is cut short": [
    credential(2).subarray(0, 90),
    "is not valid JSON",
  ],
  "it has no refresh token": [
    new TextEncoder().encode('{"access_token":"x"}'),
    "has no refresh_token",
  ],
  "it is too large": [new Uint8Array(64 * 1024 + 1), "is too large"],
};

for (const [when, [bytes, problem]] of Object.entries(UNOWNED)) {
  Deno.test(`a switch stashes the file and says so when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2],
      state: { current_index: 9 },
    });
    await folder.put(bytes);
    const { events, notices } = await adopted(folder);
    const [path = ""] = await stashPaths(folder.layout);
    assertEquals(notices, [
      `a login that qwen wrote ${problem}: kept as ${path}`,
    ]);
    assertEquals(events, ["credential_stashed"]);
    assertEquals(await folder.stash(), [bytes]);
    assertEquals(await folder.slot(1), credential(1));
    assertEquals(await folder.slot(2), credential(2));
    assertEquals("oauth_creds.json" in await folder.credentials(), false);
  });

  Deno.test(`a change without a switch finds no owner when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    await folder.put(bytes);
    const { result, events } = await settled(folder);
    const isLogin = when === "its tokens belong to no account";
    assertEquals({ result, events }, {
      result: undefined,
      events: isLogin ? ["credential_stashed"] : [],
    });
    assertEquals(await folder.stash(), isLogin ? [bytes] : []);
    assertEquals(await Deno.readFile(folder.layout.live), bytes);
    assertEquals(await folder.slot(2), credential(2));
  });
}

Deno.test("a switch suspects no account whose JWT has another subject", async () => {
  await using folder = await jwtFolder();
  await folder.put(jwtLogin({ sub: "user-7" }));
  const { state, notices } = await adopted(folder);
  const [path = ""] = await stashPaths(folder.layout);
  assertEquals(suspectsIn(path), []);
  assertEquals(notices.length, 1);
  for (const it of [1, 2]) {
    assertEquals(accountKeys(state, it).blocked, undefined);
  }
});

Deno.test("a switch removes the previous login from the stash when it adopts a newer one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3] });
  await stashed(folder, credential(2), [2]);
  const other = await stashed(folder, refreshed(1), [1, 2]);
  const newer = OF_ACCOUNT_2["newer with the same refresh token"].bytes;
  await folder.put(newer);
  await adopted(folder, 3);
  assertEquals(await folder.slot(2), newer);
  assertEquals(await folder.generations(2), [newer, credential(2)]);
  assertEquals((await stashPaths(folder.layout)).map(basename), [other]);
});

Deno.test("a switch only removes the file when it is empty", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(new Uint8Array());
  const { events, notices } = await adopted(folder);
  assertEquals({ events, notices }, { events: [], notices: [] });
  assertEquals(await folder.stash(), []);
  assertEquals("oauth_creds.json" in await folder.credentials(), false);
});

Deno.test("a switch makes an older login a generation of its account, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const older = credential(2, { accessToken: "earlier", expiresAt: NOW });
  await folder.put(older);
  const { notices } = await adopted(folder);
  assertEquals(notices, [
    "account 2: qwen wrote a login that expires before the stored one; " +
    "account-qwen restore 2 uses it",
  ]);
  assertEquals(await folder.generations(2), [credential(2), older]);
  assertEquals(await folder.generations(1), [credential(1)]);
});

Deno.test("a switch unblocks an account that has a newer login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: sameFor([1, 2], NEEDS_LOGIN),
  });
  await folder.put(OF_ACCOUNT_2["newer with the same refresh token"].bytes);
  const { state } = await adopted(folder);
  assertEquals(accountKeys(state, 2).blocked, undefined);
  assertEquals(accountKeys(state, 1).blocked, "login needed");
});

for (
  const [what, slot] of Object.entries({
    "empty": new Uint8Array(),
    "cut short": credential(1).subarray(0, 90),
    "too large": new Uint8Array(64 * 1024 + 1),
  })
) {
  Deno.test(`a switch finds the owner when another slot is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [2] });
    await folder.put(slot, `${folder.layout.accounts}/oauth_creds_1.json`);
    const newer = credential(2, { accessToken: "next" });
    await folder.put(newer);
    await adopted(folder, 2);
    assertEquals(await folder.slot(2), newer);
    assertEquals(await folder.stash(), []);
  });
}

/** Moves the file out of the link's place, as a switch does. */
async function adopted(folder: AccountFolder, index = 1) {
  using _ = strangers();
  const seen = await watched(folder, (accounts) => accounts.switchTo(index));
  const events = seen.events.filter((it) => it !== "account_switch");
  return { ...seen, events };
}
