import { assertEquals } from "@std/assert";
import { findOwner, type Owner } from "../../lib/rotation/owner.ts";
import { parseCredential } from "../../lib/store/credential.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import { writeSlot } from "../../lib/store/slots.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { refreshed } from "./cli_writes.ts";

const END = NOW + 3_600_000;

const LINEAGE: Record<string, { bytes: Uint8Array; age: Owner["age"] }> = {
  "it is what the slot holds": { bytes: credential(2), age: "same" },
  "it has the refresh token of the slot": {
    bytes: credential(2, { accessToken: "next", expiresAt: END + 1 }),
    age: "newer",
  },
  "it has the access token of the slot": {
    bytes: credential(2, { refreshToken: "next", expiresAt: END + 1 }),
    age: "newer",
  },
  "it ends when the slot does": {
    bytes: credential(2, { accessToken: "next" }),
    age: "newer",
  },
  "it ends before the slot does": {
    bytes: credential(2, { accessToken: "earlier", expiresAt: END - 1 }),
    age: "older",
  },
};

for (const [when, { bytes, age }] of Object.entries(LINEAGE)) {
  Deno.test(`findOwner() finds ${age} of account 2 when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2, 3] });
    const owner = await ownerOf(folder, bytes);
    assertEquals(owner, { index: 2, age });
  });

  Deno.test(`findOwner() believes the tokens, and no run with another account, when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2, 3] });
    const owner = await ownerOf(folder, bytes, [1, 3]);
    assertEquals(owner, { index: 2, age });
  });
}

Deno.test("findOwner() finds the account that had one of the tokens earlier", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await writeSlot(folder.layout, 2, credential(2), NOW);
  await writeSlot(folder.layout, 2, refreshed(2), NOW);
  const bytes = credential(2, { accessToken: "of the first refresh token" });
  assertEquals(await ownerOf(folder, bytes), { index: 2, age: "older" });
});

Deno.test("findOwner() believes a slot more than what another account had earlier", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await writeSlot(folder.layout, 1, credential(2), NOW);
  await writeSlot(folder.layout, 1, refreshed(1), NOW);
  const bytes = credential(2, { accessToken: "next" });
  assertEquals(await ownerOf(folder, bytes), { index: 2, age: "newer" });
});

Deno.test("findOwner() finds the only account that can have written it", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const owner = await ownerOf(folder, refreshed(9), [2]);
  assertEquals(owner, { index: 2, age: "newer" });
});

Deno.test("findOwner() finds the only account that can have written it when its slot is broken", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
  const owner = await ownerOf(folder, refreshed(9), [2]);
  assertEquals(owner, { index: 2, age: "newer" });
});

const NOT_PROVEN: Record<string, readonly number[]> = {
  "nobody can have written it": [],
  "two can have written it": [1, 2],
  "the one who can have written it has no slot": [9],
};

for (const [when, writers] of Object.entries(NOT_PROVEN)) {
  Deno.test(`findOwner() finds none when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    assertEquals(await ownerOf(folder, refreshed(9), writers), undefined);
  });
}

Deno.test("findOwner() finds none when it shares a token with two slots", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3] });
  const { layout } = folder;
  const twin = credential(1, { accessToken: "of a copied slot" });
  await folder.put(twin, slotPath(layout, 2));
  const bytes = credential(1, { accessToken: "next" });
  assertEquals(await ownerOf(folder, bytes), undefined);
});

Deno.test("findOwner() finds none when it shares a token with two slots and a third account runs", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3] });
  const { layout } = folder;
  const twin = credential(1, { accessToken: "of a copied slot" });
  await folder.put(twin, slotPath(layout, 2));
  const bytes = credential(1, { accessToken: "next" });
  assertEquals(await ownerOf(folder, bytes, [3]), undefined);
});

Deno.test("findOwner() finds the account of the same JWT subject", async () => {
  await using folder = await jwtFolder();
  const owner = await ownerOf(folder, jwtLogin({ sub: "user-2" }));
  assertEquals(owner, { index: 2, age: "newer" });
});

const OTHER_SUBJECTS: Record<string, Record<string, unknown>> = {
  "another issuer": { iss: "https://other.invalid", sub: "user-2" },
  "another subject": { sub: "user-3" },
  "no subject": {},
  "an empty subject": { sub: "" },
  "a subject that is no text": { sub: 2 },
};

for (const [what, claims] of Object.entries(OTHER_SUBJECTS)) {
  Deno.test(`findOwner() finds none when the JWT has ${what}`, async () => {
    await using folder = await jwtFolder();
    assertEquals(await ownerOf(folder, jwtLogin(claims)), undefined);
  });
}

for (const payload of ["%%%", "bm8ganNvbg", ""]) {
  Deno.test(`findOwner() finds none when the payload of the JWT is "${payload}"`, async () => {
    await using folder = await jwtFolder();
    const bytes = credential(9, { accessToken: `e30.${payload}.c2ln` });
    assertEquals(await ownerOf(folder, bytes), undefined);
  });
}

Deno.test("findOwner() finds none when the JWT of the only account that runs has another subject", async () => {
  await using folder = await jwtFolder();
  const owner = await ownerOf(folder, jwtLogin({ sub: "user-7" }), [2]);
  assertEquals(owner, undefined);
});

/** Accounts whose access tokens are JWTs of the subjects `user-1`, `user-2`. */
async function jwtFolder(): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2] });
  for (const index of [1, 2]) {
    const bytes = credential(index, {
      accessToken: jwt({ sub: `user-${index}` }),
    });
    await folder.put(bytes, slotPath(folder.layout, index));
  }
  return folder;
}

/** A login of which only the claims tell whose it is. */
function jwtLogin(claims: Record<string, unknown>): Uint8Array {
  const accessToken = jwt({ jti: "next", ...claims });
  return credential(9, { accessToken, expiresAt: END + 1 });
}

function jwt(claims: Record<string, unknown>): string {
  const parts = [{ alg: "none" }, { iss: "https://chat.qwen.ai", ...claims }];
  const encoded = parts.map((it) =>
    new TextEncoder().encode(JSON.stringify(it))
      .toBase64({ alphabet: "base64url", omitPadding: true })
  );
  return [...encoded, "c2lnbmF0dXJl"].join(".");
}

async function ownerOf(
  { layout }: AccountFolder,
  bytes: Uint8Array,
  writers: readonly number[] = [],
): Promise<Owner | undefined> {
  const found = { bytes, credential: parseCredential(bytes) };
  const slots = [1, 2, 3];
  return await findOwner(layout, found, { slots, writers: new Set(writers) });
}
