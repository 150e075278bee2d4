import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { slotPath, temporaryName } from "../../lib/disk/names.ts";
import type { StateKeys } from "../support/state.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
  text,
} from "../support/account_folder.ts";
import {
  assertKept,
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "./interruptions.ts";

const NEWER = credential(2, { accessToken: "next", expiresAt: NOW + 9e6 });
const OLDER = credential(2, { accessToken: "earlier", expiresAt: NOW });
const REFRESHED = credential(2, {
  accessToken: "secret-access-token-2-refreshed",
  refreshToken: "secret-refresh-token-2-refreshed",
  expiresAt: NOW + 9e6,
});
const FOREIGN = credential(9);

/** A removed account was active: no other one has written a login. */
const REMOVED_OWNER = { current_index: 9 };

const RUN = {
  id: "0123456789abcdef",
  account: 2,
  process: "-",
  key: undefined,
  alternatives: 0,
  model: undefined,
  at: 0,
  seen: [],
  active: 2,
  reads: {},
};

interface Scenario {
  /** The credentials outside the slots, and their paths. */
  found: [Uint8Array, (folder: AccountFolder) => string][];
  /** The state before. @default nothing */
  state?: StateKeys;
  /** The operation that is interrupted. */
  action: (manager: AccountManager) => Promise<unknown>;
}

const atLive = ({ layout }: AccountFolder) => layout.live;

const SCENARIOS: Record<string, Scenario> = {
  "a switch with a newer login in the way": {
    found: [[NEWER, atLive]],
    action: (manager) => manager.switchTo(1),
  },
  "a switch with an older login in the way": {
    found: [[OLDER, atLive]],
    action: (manager) => manager.switchNext(),
  },
  "a switch with new tokens of the active account in the way": {
    found: [[REFRESHED, atLive]],
    state: { current_index: 2, linked: true },
    action: (manager) => manager.switchTo(1),
  },
  "a switch with a login without an owner in the way": {
    found: [[FOREIGN, atLive]],
    state: REMOVED_OWNER,
    action: (manager) => manager.switchTo(2),
  },
  "a switch after a kill": {
    found: [
      [NEWER, ({ layout }) => temporaryName(slotPath(layout, 2))],
      [FOREIGN, ({ layout }) => temporaryName(layout.live)],
    ],
    state: REMOVED_OWNER,
    action: (manager) => manager.switchTo(1),
  },
  "the beginning of a run": {
    found: [[NEWER, atLive]],
    action: (manager) => manager.beginRun(),
  },
  "the end of a run": {
    found: [[NEWER, atLive]],
    state: { current_index: 2, linked: true },
    action: (manager) => manager.endRun(RUN),
  },
  "the adding of a login": {
    found: [[FOREIGN, atLive]],
    state: REMOVED_OWNER,
    action: (manager) => manager.addAccount(),
  },
};

for (const [what, scenario] of Object.entries(SCENARIOS)) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`no credential is lost when ${what} ${how}, at any step`, async () => {
      await failAtEveryStep((it) => isInterrupted(scenario, it), options);
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  { found, state = {}, action }: Scenario,
  options: CountingFilesOptions,
): Promise<boolean> {
  const isActive = !found.some(([, where]) => where === atLive);
  await using folder = await accountFolder({
    accounts: [1, 2],
    inMemory: true,
    state,
    ...(isActive ? { active: 1 } : {}),
  });
  for (const [bytes, where] of found) await folder.put(bytes, where(folder));
  const precious = [credential(1), credential(2), ...found.map(([it]) => it)]
    .map(text);
  const manager = new AccountManager({ dir: folder.path });
  const steps = await interrupt(() => action(manager), options);
  const when = `step ${options.failAt}`;
  await assertKept(folder, precious, `lost at ${when}`);

  await manager.switchTo(1);
  await assertKept(folder, precious, `lost by the next switch after ${when}`);
  const names = Object.keys(await folder.credentials());
  assertEquals(names.filter((it) => !it.startsWith("accounts/")), []);
  assertEquals(names.filter((it) => it.endsWith(".tmp")), []);
  for (const index of [1, 2]) {
    const slot = text(await folder.slot(index));
    assert(slot.includes(`-token-${index}-`), `slot ${index}, ${when}`);
  }
  assertEquals(await Deno.readFile(folder.layout.live), credential(1));
  return steps >= (options.failAt ?? 0);
}
