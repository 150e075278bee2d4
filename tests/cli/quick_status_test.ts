import { assertEquals } from "@std/assert";
import { formatShort, readShort } from "../../lib/cli/screen/quick_status.ts";
import { AccountReader } from "../../lib/mod.ts";
import { keySlotPath } from "../../lib/disk/names.ts";
import { sameFor, type StateKeys, stateTime } from "../support/state.ts";
import { accountFolder, NEEDS_LOGIN } from "../support/account_folder.ts";

import "../support/load_libc.ts";

const KEYS = { keys: [1, 2, 10] };
const ACTIVE: StateKeys = { current_index: 2, link_index: null };
const REST = {
  cooldowns: [{
    until: stateTime(Date.now() + 7_200_000),
    reason: "asked for",
  }],
};

const STATES: Readonly<Record<string, StateKeys>> = {
  "all are ready": ACTIVE,
  "there are labels": {
    ...ACTIVE,
    accounts: { account2: { label: "work" }, account10: { label: "仕事用" } },
  },
  "the active one rests": { ...ACTIVE, accounts: { account2: REST } },
  "all rest": { ...ACTIVE, ...sameFor([1, 2, 10], REST) },
  "one is blocked": { ...ACTIVE, accounts: { account2: NEEDS_LOGIN } },
  "one is disabled": {
    ...ACTIVE,
    accounts: { account2: { label: "work", disabled: true } },
  },
  "none is active": {},
};

for (const [when, state] of Object.entries(STATES)) {
  Deno.test(`readShort() agrees with overview() when ${when}`, async () => {
    await using folder = await accountFolder({ ...KEYS, state });
    const dir = folder.path;
    const overview = await new AccountReader({ dir }).overview();
    assertEquals(await readShort({ dir }), {
      line: formatShort(overview, Date.now()),
      isReady: overview.next !== undefined,
    });
  });
}

Deno.test("readShort() knows a key for a server on this machine", async () => {
  await using folder = await accountFolder({ ...KEYS, state: ACTIVE });
  const path = keySlotPath(folder.layout, 10);
  const slot = await Deno.readTextFile(path);
  const url = "OPENAI_BASE_URL='http://127.0.0.1:11434/v1'";
  await Deno.writeTextFile(path, slot.replace(/OPENAI_BASE_URL=.*/, url));
  const short = await readShort({ dir: folder.path });
  assertEquals(short, { line: "2 3/3", isReady: true });
});

Deno.test("readShort() leaves a folder with a login to others", async () => {
  await using folder = await accountFolder({
    ...KEYS,
    accounts: [3],
    state: ACTIVE,
  });
  assertEquals(await readShort({ dir: folder.path }), undefined);
});

Deno.test("readShort() leaves a damaged slot to others", async () => {
  await using folder = await accountFolder({ ...KEYS, state: ACTIVE });
  await Deno.writeTextFile(keySlotPath(folder.layout, 10), "OPENAI_MODEL=x\n");
  assertEquals(await readShort({ dir: folder.path }), undefined);
});

Deno.test("readShort() leaves settings to others", async () => {
  await using folder = await accountFolder({ ...KEYS, state: ACTIVE });
  await Deno.writeTextFile(`${folder.path}/account-qwen.yaml`, "");
  assertEquals(await readShort({ dir: folder.path }), undefined);
});
