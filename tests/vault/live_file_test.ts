import { assertEquals } from "@std/assert";
import {
  pointLiveFile,
  pointUnlessWritten,
  readLiveFile,
} from "../../lib/vault/logins/live_file.ts";
import {
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { FILE_SYSTEMS, replaceFiles } from "../support/files.ts";
import { runSwitchers } from "../support/switchers.ts";

Deno.test("readLiveFile() finds nothing when there is no live file", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await readLiveFile(folder.layout), { kind: "absent" });
});

Deno.test("readLiveFile() finds a login of the agent", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.put(credential(1));
  assertEquals(await readLiveFile(folder.layout), { kind: "file" });
});

Deno.test("readLiveFile() finds a folder", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.mkdir(folder.layout.live);
  assertEquals(await readLiveFile(folder.layout), { kind: "folder" });
});

const LINKS = {
  "accounts/oauth_creds_1.json": { kind: "slot", index: 1 },
  "accounts/oauth_creds_9.json": { kind: "slot", index: 9 },
  "accounts/other.json": { kind: "foreign" },
  "oauth_creds_1.json": { kind: "foreign" },
  "elsewhere/oauth_creds_1.json": { kind: "foreign" },
  "/accounts/oauth_creds_1.json": { kind: "foreign" },
  "/dev/null": { kind: "foreign" },
} as const;

for (const [target, live] of Object.entries(LINKS)) {
  Deno.test(`readLiveFile() finds ${live.kind} when it is a link to ${target}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await Deno.symlink(target, folder.layout.live);
    assertEquals(await readLiveFile(folder.layout), live);
  });
}

Deno.test("readLiveFile() finds the slot that an absolute link leads to", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.symlink(`${layout.accounts}/oauth_creds_1.json`, layout.live);
  assertEquals(await readLiveFile(layout), { kind: "slot", index: 1 });
});

for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
  Deno.test(`pointLiveFile() makes a relative link on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    using _ = use();
    assertEquals(await pointLiveFile(folder.layout, 1), []);
    const target = await Deno.readLink(folder.layout.live);
    assertEquals(target, "accounts/oauth_creds_1.json");
    assertEquals(await namesIn(folder.path), ["accounts", "oauth_creds.json"]);
  });

  Deno.test(`pointLiveFile() moves our link aside on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _ = use();
    const [aside = "", ...others] = await pointLiveFile(folder.layout, 2);
    assertEquals(others, []);
    assertEquals(await Deno.readLink(aside), "accounts/oauth_creds_1.json");
    const target = await Deno.readLink(folder.layout.live);
    assertEquals(target, "accounts/oauth_creds_2.json");
    assertEquals((await namesIn(folder.path)).length, 3);
  });

  Deno.test(`pointLiveFile() moves a login that is in the way aside on a file system ${which}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2] });
    await folder.put(credential(7));
    using _ = use();
    const [aside = "", ...others] = await pointLiveFile(folder.layout, 2);
    assertEquals(others, []);
    assertEquals(await Deno.readFile(aside), credential(7));
    const target = await Deno.readLink(folder.layout.live);
    assertEquals(target, "accounts/oauth_creds_2.json");
  });
}

Deno.test("pointLiveFile() loses nothing when the agent writes between its steps", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { live } = folder.layout;
  const logins = [credential(7), credential(8)];
  using _ = replaceFiles((real) => ({
    exchange: () => Promise.resolve(false),
    async rename(from, to) {
      await real.rename(from, to);
      const login = logins.shift();
      if (from === live && login) await real.create(live, login, 0o600);
    },
  }));
  const [link = "", ...aside] = await pointLiveFile(folder.layout, 1);
  assertEquals(await Deno.readLink(link), "accounts/oauth_creds_1.json");
  const kept = await Promise.all(aside.map((it) => Deno.readFile(it)));
  assertEquals(kept, [credential(7), credential(8)]);
  const target = await Deno.readLink(live);
  assertEquals(target, "accounts/oauth_creds_1.json");
});

Deno.test("pointLiveFile() never lets the name disappear", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const { path, layout: { live } } = folder;
  let isSwitching = true;
  const switching = runSwitchers(1, { dir: path, times: 300 })
    .finally(() => isSwitching = false);
  const seen = new Set<string>();
  const bad: unknown[] = [];
  while (isSwitching) {
    await Deno.readLink(live).then((it) => seen.add(it), (it) => bad.push(it));
    await Deno.readTextFile(live).then(JSON.parse).catch((it) => bad.push(it));
  }
  await switching;
  assertEquals(bad, []);
  assertEquals(
    [...seen].sort(),
    [1, 2, 3].map((it) => `accounts/oauth_creds_${it}.json`),
  );
});

Deno.test("pointUnlessWritten() puts back what the agent has written since", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.writeFile(layout.live, credential(2));
  const put = await pointUnlessWritten(layout, 1, credential(1));
  assertEquals(put, { isPut: false, aside: [] });
  assertEquals(await Deno.readFile(layout.live), credential(2));
  assertEquals((await readLiveFile(layout)).kind, "file");
  assertEquals([...Deno.readDirSync(folder.path)].length, 2);
});

Deno.test("pointUnlessWritten() puts the link in place when nothing else was written", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.writeFile(layout.live, credential(2));
  const { isPut, aside } = await pointUnlessWritten(layout, 1, credential(2));
  assertEquals([isPut, aside.length], [true, 1]);
  assertEquals(await readLiveFile(layout), { kind: "slot", index: 1 });
});

Deno.test("pointUnlessWritten() leaves the newest login in place when the agent writes twice", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.writeFile(layout.live, credential(2));
  using _files = replaceFiles((real) => {
    let swaps = 0;
    return {
      ...real,
      async exchange(a, b) {
        if (++swaps === 2) await replaceBy(credential(3), layout.live);
        return await real.exchange(a, b);
      },
    };
  });
  const { isPut, aside } = await pointUnlessWritten(layout, 1, credential(1));
  assertEquals(isPut, false);
  assertEquals(await Deno.readFile(layout.live), credential(3));
  assertEquals(await Deno.readFile(aside[0] ?? ""), credential(2));
});

/** Writes as the agent does. */
async function replaceBy(bytes: Uint8Array, path: string): Promise<void> {
  await Deno.writeFile(`${path}.tmp.1`, bytes);
  await Deno.rename(`${path}.tmp.1`, path);
}
