import { assert, assertEquals } from "@std/assert";
import { adoptFile, copyToOwner } from "../../lib/rotation/adopt.ts";
import { listGenerations } from "../../lib/store/generations.ts";
import { readSlot } from "../../lib/store/slots.ts";
import { listStash } from "../../lib/store/stash.ts";
import {
  accountFolder,
  credential,
  NOW,
  text,
} from "../support/account_folder.ts";

const OPTIONS = { slots: [1, 2], now: NOW };

const EXPIRES_AT = NOW + 3_600_000;

const OF_ACCOUNT_2 = {
  "newer with the same refresh token": {
    bytes: credential(2, { accessToken: "next", expiresAt: EXPIRES_AT + 1 }),
    kind: "adopted",
  },
  "newer with the same access token": {
    bytes: credential(2, { refreshToken: "next", expiresAt: EXPIRES_AT + 1 }),
    kind: "adopted",
  },
  "other tokens with the same end": {
    bytes: credential(2, { accessToken: "next" }),
    kind: "adopted",
  },
  "older": {
    bytes: credential(2, { accessToken: "earlier", expiresAt: NOW }),
    kind: "known",
  },
  "the same": { bytes: credential(2), kind: "known" },
} as const;

for (const [what, { bytes, kind }] of Object.entries(OF_ACCOUNT_2)) {
  Deno.test(`copyToOwner() leaves the file and gives the owner when it is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { layout } = folder;
    await folder.put(bytes);
    const owned = await copyToOwner(layout, layout.live, OPTIONS);
    assertEquals(owned, { kind, index: 2 });
    assertEquals(await Deno.readFile(layout.live), bytes);
    const slot = kind === "adopted" ? bytes : credential(2);
    assertEquals(await readSlot(layout, 2), slot);
    assertEquals(await readSlot(layout, 1), credential(1));
  });

  Deno.test(`adoptFile() takes the file away and keeps both when it is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { layout } = folder;
    await folder.put(bytes);
    const adoption = await adoptFile(layout, layout.live, OPTIONS);
    assertEquals(adoption, { kind, index: 2 });
    const slot = kind === "adopted" ? bytes : credential(2);
    assertEquals(await readSlot(layout, 2), slot);
    const kept = Object.values(await folder.credentials());
    for (const it of [bytes, credential(1), credential(2)]) {
      assert(kept.includes(text(it)), "a credential is lost");
    }
    assertEquals(await listStash(layout), []);
    assertEquals("oauth_creds.json" in await folder.credentials(), false);
  });
}

const OF_NOBODY: Record<string, [Uint8Array, string]> = {
  "its tokens are of no account": [
    credential(9),
    "is of no account that I can prove",
  ],
  "it is cut short": [
    credential(2).subarray(0, 90),
    "is no JSON, or cut short",
  ],
  "it has no refresh token": [
    new TextEncoder().encode('{"access_token":"x"}'),
    "has no refresh_token",
  ],
  "it is too large": [new Uint8Array(64 * 1024 + 1), "is too large"],
};

for (const [when, [bytes, problem]] of Object.entries(OF_NOBODY)) {
  Deno.test(`adoptFile() stashes the file when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { layout } = folder;
    await folder.put(bytes);
    const adoption = await adoptFile(layout, layout.live, OPTIONS);
    const [path = "", ...others] = await listStash(layout);
    assertEquals(adoption, { kind: "stashed", path, problem });
    assertEquals(others, []);
    assertEquals(await Deno.readFile(path), bytes);
    assertEquals(await readSlot(layout, 1), credential(1));
    assertEquals(await readSlot(layout, 2), credential(2));
  });

  Deno.test(`copyToOwner() knows no owner when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { layout } = folder;
    await folder.put(bytes);
    const owned = await copyToOwner(layout, layout.live, OPTIONS);
    assertEquals(owned, undefined);
    assertEquals(await Deno.readFile(layout.live), bytes);
    assertEquals(await readSlot(layout, 2), credential(2));
  });
}

Deno.test("adoptFile() only removes the file when it is empty", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const { layout } = folder;
  await folder.put(new Uint8Array());
  const adoption = await adoptFile(layout, layout.live, OPTIONS);
  assertEquals(adoption, { kind: "empty" });
  assertEquals(await listStash(layout), []);
  assertEquals("oauth_creds.json" in await folder.credentials(), false);
});

Deno.test("adoptFile() makes an older content a generation of its account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const { layout } = folder;
  const older = credential(2, { accessToken: "earlier", expiresAt: NOW });
  await folder.put(older);
  await adoptFile(layout, layout.live, OPTIONS);
  const [path = ""] = await listGenerations(layout, 2);
  assertEquals(await Deno.readFile(path), older);
  assertEquals(await listGenerations(layout, 1), []);
});

for (
  const [what, slot] of Object.entries({
    "empty": new Uint8Array(),
    "cut short": credential(1).subarray(0, 90),
    "too large": new Uint8Array(64 * 1024 + 1),
  })
) {
  Deno.test(`adoptFile() finds the owner when another slot is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [2] });
    const { layout } = folder;
    await folder.put(slot, `${layout.accounts}/oauth_creds_1.json`);
    await folder.put(credential(2));
    const adoption = await adoptFile(layout, layout.live, OPTIONS);
    assertEquals(adoption, { kind: "known", index: 2 });
  });
}
