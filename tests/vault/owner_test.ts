import { assertEquals } from "@std/assert";
import {
  contradictionTo,
  findOwner,
  findSuspects,
  type Owner,
} from "../../lib/vault/logins/owner.ts";
import { parseCredential } from "../../lib/agents/qwen/credential.ts";
import type { Found } from "../../lib/vault/logins/credential_file.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import { writeSlot } from "../../lib/vault/logins/slots.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { jwtFolder, jwtLogin } from "../accounts/jwt.ts";

const END = NOW + 3_600_000;

const LINEAGE: Record<string, { bytes: Uint8Array; age: Owner["age"] }> = {
  "it is the content of the slot": { bytes: credential(2), age: "same" },
  "it has the refresh token of the slot": {
    bytes: credential(2, { accessToken: "next", expiresAt: END + 1 }),
    age: "newer",
  },
  "it has the access token of the slot": {
    bytes: credential(2, { refreshToken: "next", expiresAt: END + 1 }),
    age: "newer",
  },
  "it expires when the login in the slot does": {
    bytes: credential(2, { accessToken: "next" }),
    age: "newer",
  },
  "it expires before the login in the slot does": {
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

  Deno.test(`findOwner() trusts the tokens, and no run with another account, when ${when}`, async () => {
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

Deno.test("findOwner() trusts a slot more than what another account had earlier", async () => {
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
  "no account can have written it": [],
  "two can have written it": [1, 2],
  "the account that can have written it has no slot": [9],
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
  "a subject that is not text": { sub: 2 },
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

const SUSPECTED: Record<string, { bytes: Uint8Array; suspects: number[] }> = {
  "shows no subject": { bytes: refreshed(9), suspects: [1, 2] },
  "has the subject of one": {
    bytes: jwtLogin({ sub: "user-2" }),
    suspects: [2],
  },
  "has the subject of a third": {
    bytes: jwtLogin({ sub: "user-7" }),
    suspects: [],
  },
};

for (const [when, { bytes, suspects }] of Object.entries(SUSPECTED)) {
  Deno.test(`findSuspects() finds [${suspects}] of two that can have written it when it ${when}`, async () => {
    await using folder = await jwtFolder();
    const evidence = { slots: [1, 2], writers: new Set([1, 2, 9]) };
    const found = await findSuspects(folder.layout, foundOf(bytes), evidence);
    assertEquals(found, suspects);
  });
}

Deno.test("findSuspects() uses the last content of a slot that is broken", async () => {
  await using folder = await jwtFolder();
  const { layout } = folder;
  await writeSlot(layout, 1, await folder.slot(1), NOW);
  await folder.put(new Uint8Array(), slotPath(layout, 1));
  const evidence = { slots: [1], writers: new Set([1]) };
  const found = foundOf(jwtLogin({ sub: "user-7" }));
  assertEquals(await findSuspects(layout, found, evidence), []);
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
  Deno.test(`contradictionTo() says "${problem}" about account 3 when ${when}`, async () => {
    await using folder = await jwtFolder([1, 2, 3, 4]);
    for (const index of [3, 4]) {
      await folder.put(credential(index), slotPath(folder.layout, index));
    }
    const account = { index: 3, slots: [1, 2, 3, 4] };
    const found = foundOf(bytes);
    assertEquals(
      await contradictionTo(folder.layout, found, account),
      problem,
    );
  });
}

Deno.test("contradictionTo() says so when the JWT has another subject", async () => {
  await using folder = await jwtFolder();
  const found = foundOf(jwtLogin({ sub: "user-7" }));
  const account = { index: 2, slots: [1, 2] };
  assertEquals(
    await contradictionTo(folder.layout, found, account),
    "belongs to somebody else, by its subject",
  );
});

Deno.test("contradictionTo() says nothing when a copy of the slot is in another", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const twin = credential(1, { accessToken: "of a copied slot" });
  await folder.put(twin, slotPath(folder.layout, 2));
  const found = foundOf(credential(1, { accessToken: "next" }));
  const account = { index: 2, slots: [1, 2] };
  assertEquals(await contradictionTo(folder.layout, found, account), undefined);
});

/** A credential as read from a file. */
function foundOf(bytes: Uint8Array): Found {
  return { bytes, credential: parseCredential(bytes) };
}

async function ownerOf(
  { layout }: AccountFolder,
  bytes: Uint8Array,
  writers: readonly number[] = [],
): Promise<Owner | undefined> {
  const evidence = { slots: [1, 2, 3], writers: new Set(writers) };
  return await findOwner(layout, foundOf(bytes), evidence);
}
