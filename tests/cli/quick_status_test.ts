import { assertEquals } from "@std/assert";
import "../support/load_libc.ts";
import { readShort } from "../../lib/cli/screen/quick_status.ts";
import { formatShort } from "../../lib/cli/screen/quick_status.ts";
import { cooldownFor } from "../../lib/ledger/cooldown.ts";
import { AccountReader } from "../../lib/accounts/account_reader.ts";
import {
  NEW_STATE,
  type State,
  withBlock,
  withCooldowns,
  withLabel,
} from "../../lib/ledger/state.ts";
import { keySlotPath } from "../../lib/disk/slot_names.ts";
import { accountFolder, FUTURE } from "../support/account_folder.ts";

const KEYS = { keys: [1, 2, 10] };
const ACTIVE: State = { ...NEW_STATE, activeKey: 2 };
const REST = [cooldownFor(7_200_000, Date.now())];

const STATES: Readonly<Record<string, State>> = {
  "all are ready": ACTIVE,
  "there are labels": withLabel(withLabel(ACTIVE, 2, "work"), 10, "仕事用"),
  "the active one rests": withCooldowns(ACTIVE, 2, REST),
  "all rest": [1, 2, 10].reduce(
    (all, it) => withCooldowns(all, it, REST),
    ACTIVE,
  ),
  "one is blocked": withBlock(ACTIVE, 2, "login needed", FUTURE),
  "one is disabled": {
    ...ACTIVE,
    accounts: new Map([
      ...withLabel(ACTIVE, 2, "work").accounts.entries().map((
        [index, it],
      ) => [index, { ...it, extra: { disabled: true } }] as const),
    ]),
  },
  "none is active": NEW_STATE,
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
