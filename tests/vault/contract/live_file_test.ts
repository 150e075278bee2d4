import { assertEquals } from "@std/assert";
import {
  pointLiveFile,
  pointUnlessWritten,
  readLiveFile,
} from "../../../lib/vault/logins/live_file.ts";
import { accountFolder, credential } from "../../support/account_folder.ts";
import { replaceFiles } from "../../support/files.ts";

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

Deno.test("pointUnlessWritten() puts back what the agent has written meanwhile", async () => {
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
