import { assert } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { managerOf } from "../accounts/managers.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";

const MANY = 40;

/** A folder with as many stashed copies as generations, all of one size. */
async function manyCopies(): Promise<AccountFolder> {
  const folder = await accountFolder({
    accounts: [1, 2],
    active: 2,
    inMemory: true,
  });
  for (let number = 0; number < MANY; number++) {
    await stashed(folder, numbered(number), [1, 2]);
    await folder.keep(1, numbered(number));
  }
  await folder.renew(1, numbered(MANY));
  return folder;
}

function numbered(number: number): Uint8Array {
  return credential(1, {
    accessToken: `access-${String(number).padStart(5, "0")}`,
    expiresAt: NOW + number,
  });
}

const LOOKS: Record<string, (accounts: Doctor) => Promise<unknown>> = {
  "listAccounts()": (accounts) => accounts.listAccounts(),
  "restore()": (accounts) => accounts.restore(1, { generation: 2 }),
  "repair()": (accounts) => accounts.repair(),
};

for (const [name, look] of Object.entries(LOOKS)) {
  Deno.test(`${name} reads each file a few times, however many there are`, async () => {
    await using folder = await manyCopies();
    const reads = new Map<string, number>();
    using _ = replaceFiles((real) => ({
      read(path, maxBytes) {
        reads.set(path, (reads.get(path) ?? 0) + 1);
        return real.read(path, maxBytes);
      },
    }));
    await look(managerOf(folder));
    const copies = [...reads].filter(([path]) =>
      /\/(?:stash|generations)\//.test(path)
    );
    assert(copies.length >= MANY, `only ${copies.length} files were read`);
    const most = Math.max(...copies.map(([, count]) => count));
    assert(most <= 12, `one file was read ${most} times`);
  });
}
