import { assertEquals } from "@std/assert";
import {
  copyToGenerations,
  isKept,
  keepGeneration,
  listAllGenerations,
  listGenerations,
  listKeptAccounts,
} from "../../lib/vault/logins/generations.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  modeOf,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { exists } from "../support/exists.ts";

Deno.test("keepGeneration() moves the file and hides it from others", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await keep(folder, 1, content("old"));
  const [path = "", ...others] = await listGenerations(layout, 1);
  assertEquals(others, []);
  assertEquals(await Deno.readFile(path), content("old"));
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(layout.generations), "0700");
  assertEquals(await exists(temporaryIn(folder)), false);
});

Deno.test("keepGeneration() keeps the newest and five before it", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (let number = 1; number <= 8; number++) {
    await keep(folder, 1, content(`of ${number}`), NOW + number);
  }
  assertEquals(
    await folder.generations(1),
    [8, 7, 6, 5, 4, 3].map((it) => content(`of ${it}`)),
  );
});

Deno.test("keepGeneration() keeps no content twice and removes the file", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (const name of ["first", "second", "second"]) {
    await keep(folder, 1, content(name));
  }
  assertEquals(
    await folder.generations(1),
    [content("second"), content("first")],
  );
  assertEquals(await exists(temporaryIn(folder)), false);
});

Deno.test("copyToGenerations() makes a content that comes back the newest", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (const name of ["first", "second", "first"]) {
    await copyToGenerations(folder.layout, 1, content(name), NOW);
  }
  assertEquals(
    await folder.generations(1),
    [content("first"), content("second")],
  );
});

Deno.test("keepGeneration() keeps several of the same moment in order", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (const name of ["a", "b", "c"]) await keep(folder, 1, content(name));
  assertEquals(
    await folder.generations(1),
    ["c", "b", "a"].map((it) => content(it)),
  );
});

Deno.test("keepGeneration() keeps the order when the clock was set back", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (let number = 1; number <= 8; number++) {
    await keep(folder, 1, content(`of ${number}`), NOW - number * 3_600_000);
  }
  assertEquals(
    await folder.generations(1),
    [8, 7, 6, 5, 4, 3].map((it) => content(`of ${it}`)),
  );
});

Deno.test("keepGeneration() continues in order after 9 and 99", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (let number = 1; number <= 101; number++) {
    await keep(folder, 1, content(`of ${number}`));
  }
  assertEquals(
    await folder.generations(1),
    [101, 100, 99, 98, 97, 96].map((it) => content(`of ${it}`)),
  );
});

Deno.test("keepGeneration() stashes what is not a credential", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const torn = credential(1).subarray(0, 90);
  await keep(folder, 1, torn);
  assertEquals(await folder.generations(1), []);
  assertEquals(await folder.stash(), [torn]);
});

Deno.test("keepGeneration() only removes an empty file", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await keep(folder, 1, new Uint8Array());
  assertEquals(Object.keys(await folder.credentials()), [
    "accounts/oauth_creds_1.json",
  ]);
});

Deno.test("keepGeneration() keeps nothing that lies in the stash", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await stashed(folder, content("whose?"), [1]);
  await keep(folder, 1, content("whose?"));
  assertEquals(await folder.generations(1), []);
  assertEquals(await exists(temporaryIn(folder)), false);
  assertEquals(await folder.stash(), [content("whose?")]);
});

const NOT_OURS = [
  "oauth_creds_1.000007.20261121T083500123Z.json.away",
  "oauth_creds_1.000007.json",
  "oauth_creds_1.000007.20261121T083500123Z.x.json",
  "oauth_creds_1.away.20261121T083500123Z.json",
  "oauth_creds_1.07.20261121T083500123Z.json",
  "oauth_creds_1.copy.000007.20261121T083500123Z.json",
];

for (const name of NOT_OURS) {
  Deno.test(`keepGeneration() continues in order, and removes nothing, beside ${name}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    await keep(folder, 1, content("of 1"));
    const path = `${layout.generations}/${name}`;
    await folder.put(content("away"), path);
    for (let number = 2; number <= 8; number++) {
      await keep(folder, 1, content(`of ${number}`));
    }
    assertEquals(
      await folder.generations(1),
      [8, 7, 6, 5, 4, 3].map((it) => content(`of ${it}`)),
    );
    assertEquals(await Deno.readFile(path), content("away"));
    assertEquals(await listKeptAccounts(layout), [1]);
  });
}

Deno.test("listGenerations() continues in order after 999999", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await keep(folder, 1, content("of 1"));
  const [first = ""] = await listGenerations(folder.layout, 1);
  await Deno.rename(first, first.replace("000001", "999999"));
  await keep(folder, 1, content("of 2"));
  await keep(folder, 1, content("of 3"));
  assertEquals(
    await folder.generations(1),
    [3, 2, 1].map((it) => content(`of ${it}`)),
  );
});

Deno.test("listKeptAccounts() names the accounts with generations once, ascending", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (const index of [10, 2, 10]) {
    await keep(folder, index, content(crypto.randomUUID()));
  }
  assertEquals(await listKeptAccounts(folder.layout), [2, 10]);
});

Deno.test("copyToGenerations() keeps a content and tells whether it was kept", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const copy = () => copyToGenerations(layout, 1, content("present"), NOW);
  assertEquals(await copy(), false);
  assertEquals(await copy(), true);
  assertEquals(await folder.generations(1), [content("present")]);
  const [path = ""] = await listGenerations(layout, 1);
  assertEquals(await modeOf(path), "0600");
});

Deno.test("listGenerations() distinguishes accounts with similar numbers", async () => {
  await using folder = await accountFolder({ accounts: [1, 10] });
  await keep(folder, 1, content("of 1"));
  await keep(folder, 10, content("of 10"));
  assertEquals(await folder.generations(1), [content("of 1")]);
  assertEquals(await folder.generations(10), [content("of 10")]);
});

Deno.test("listGenerations() finds none when none was kept", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await listGenerations(folder.layout, 1), []);
});

Deno.test("listAllGenerations() lists those of each account, ascending", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  for (const index of [10, 2, 10]) {
    await keep(folder, index, content(crypto.randomUUID()));
  }
  const all = await listAllGenerations(layout);
  assertEquals([...all], [
    [2, await listGenerations(layout, 2)],
    [10, await listGenerations(layout, 10)],
  ]);
});

for (const index of [1, 2, 3]) {
  Deno.test(`isKept() says whether account ${index} had what account 1 had`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    const { layout } = folder;
    await keep(folder, 1, content("of 1"));
    await keep(folder, 1, content("later"));
    await keep(folder, 2, content("of 2"));
    const found = await isKept(layout, index, content("of 1"));
    assertEquals(found, index === 1);
  });
}

/** A credential that differs from others by its name. */
function content(name: string): Uint8Array {
  return credential(1, { accessToken: name });
}

async function keep(
  folder: AccountFolder,
  index: number,
  bytes: Uint8Array,
  now = NOW,
): Promise<void> {
  const path = temporaryIn(folder);
  await Deno.writeFile(path, bytes);
  await Deno.chmod(path, 0o644);
  await keepGeneration(folder.layout, index, path, now);
}

function temporaryIn({ layout }: AccountFolder): string {
  return `${layout.accounts}/temporary`;
}
