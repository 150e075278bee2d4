import { assert, assertEquals } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { basename } from "../../lib/disk/names.ts";
import {
  accountFolder,
  credential,
  keySlot,
  modeOf,
  namesIn,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import {
  assertKept,
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "./interruptions.ts";
import { assertFails } from "../support/assert_fails.ts";
import { removedFiles } from "../support/kept_files.ts";
import { recordRun } from "../support/run_records.ts";
import { accountKeys, readState } from "../support/state.ts";

const LINKED = { current_index: 1, linked: true };

Deno.test("removeAccount() moves the slot to the stash under a name that says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { path = "", active } = await managerOf(folder).removeAccount(2);
  assertEquals(active, 1);
  assert(/^oauth_creds\.\w+-\w{8}\.removed_2\.json$/.test(basename(path)));
  assertEquals(await Deno.readFile(path), credential(2));
  assertEquals(await modeOf(path), "0600");
  assertEquals((await managerOf(folder).listAccounts()).length, 1);
});

Deno.test("removeAccount() moves the slot of an API-key account to the stash", async () => {
  await using folder = await accountFolder({ keys: [1, 4] });
  const { path = "" } = await managerOf(folder).removeAccount(4);
  assert(/^api_key\.\w+-\w{8}\.removed_4\.env$/.test(basename(path)));
  assertEquals(await Deno.readTextFile(path), keySlot(4));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("removeAccount() removes everything kept for the account as well, and keeps its label", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  await folder.renew(2, refreshed(2));
  const suspect = await stashed(folder, refreshed(2, 2), [2]);
  const both = await stashed(folder, refreshed(9), [1, 2]);
  const manager = managerOf(folder);
  await manager.setLabel(2, "work");
  await manager.removeAccount(2);
  assertEquals(await folder.generations(2), []);
  const removed = await removedFiles(layout);
  assertEquals(removed.map((it) => it.index), [2, 2, 2]);
  const names = await namesIn(layout.stash);
  assertEquals([names.includes(suspect), names.includes(both)], [false, true]);
  const state = await readState(layout.state);
  assertEquals(accountKeys(state, 2).label, "work");
  const notices: string[] = [];
  await Deno.remove(`${layout.stash}/${both}`);
  await manager.repair();
  await managerOf(folder, { notices }).listAccounts();
  assertEquals(notices, []);
  assertEquals(await findingsIn(folder), []);
});

Deno.test("removeAccount() makes the next ready account the active one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const manager = managerOf(folder);
  await manager.setCooldown(2, 60_000);
  const { active } = await manager.removeAccount(1);
  assertEquals(active, 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  const events = await folder.events();
  assertEquals(events.map(({ event, from, to }) => [event, from, to]), [
    ["account_cooldown", 2, null],
    ["account_switch", 1, 3],
    ["account_removed", 1, null],
  ]);
});

Deno.test("removeAccount() of the account of the link makes an API-key account active and moves the link on", async () => {
  await using folder = await accountFolder({
    accounts: [1, 3],
    keys: [2],
    active: 1,
  });
  const { active } = await managerOf(folder).removeAccount(1);
  assertEquals(active, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("removeAccount() of the only account removes the link", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    active: 1,
    state: LINKED,
  });
  const notices: string[] = [];
  const { active } = await managerOf(folder, { notices }).removeAccount(1);
  assertEquals(active, undefined);
  assertEquals(await namesIn(folder.path), [
    "accounts",
    "rotation.log",
    "state.yaml",
    "state.yaml.lock",
  ]);
  assertEquals(notices, []);
  const [finding] = await findingsIn(folder);
  assertEquals(finding?.problem, "no account is set up yet");
});

Deno.test("removeAccount() first adopts what the agent wrote", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: LINKED,
  });
  using _ = strangers();
  await folder.put(refreshed(1));
  const { path = "" } = await managerOf(folder).removeAccount(1);
  assertEquals(await Deno.readFile(path), refreshed(1));
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("a removed account proves nothing: what its run writes later is stashed", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: LINKED,
  });
  using _ = strangers();
  const { layout } = folder;
  const process = runtime.host.identify(Deno.pid) ?? "";
  await recordRun(layout, { id: "0123456789abcdef", account: 1, process });
  const manager = managerOf(folder);
  await manager.removeAccount(1);
  await folder.put(refreshed(1));
  await manager.switchNext().catch(() => {});
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.stash(), [refreshed(1)]);
});

Deno.test("the number of a removed account is not used again", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  const { path = "" } = await manager.removeAccount(2);
  assertEquals(await manager.addAccount(path), {
    index: 3,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(await folder.slot(3), credential(2));
  const key = await manager.addKey({
    apiKey: "sk-new",
    baseUrl: "https://api.example.com/v1",
    model: "qwen3",
  });
  assertEquals(key.index, 4);
  await manager.removeAccount(4);
  assertEquals(await findingsIn(folder), []);
});

Deno.test("removeAccount() rejects when the account does not exist", async () => {
  await using folder = await accountFolder({ accounts: [1], keys: [3] });
  await assertFails(
    () => managerOf(folder).removeAccount(2),
    "no-such-account",
    "have: 1, 3",
  );
});

Deno.test("repair() tightens the modes of what the stash has of a removed account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { path = "" } = await managerOf(folder).removeAccount(2);
  await Deno.chmod(path, 0o644);
  assertEquals((await findingsIn(folder)).map((it) => it.check), ["modes"]);
  await managerOf(folder).repair();
  assertEquals(await modeOf(path), "0600");
});

const REMOVALS: Record<string, { accounts: number[]; index: number }> = {
  "of the account of the link": { accounts: [1, 2], index: 1 },
  "of the only account of the link": { accounts: [1], index: 1 },
  "of another account": { accounts: [1, 2], index: 2 },
  "of an API-key account": { accounts: [1, 2], index: 4 },
};

for (const [what, { accounts, index }] of Object.entries(REMOVALS)) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`a removal ${what} that ${how}, at any step, loses nothing and can be repeated`, async () => {
      await failAtEveryStep(
        (it) => isInterrupted(accounts, index, it),
        options,
      );
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  accounts: number[],
  index: number,
  options: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts,
    keys: [4],
    active: 1,
    inMemory: true,
    state: LINKED,
  });
  await folder.renew(index === 4 ? 1 : index, refreshed(1));
  const precious = Object.values(await folder.credentials());
  const manager = new Doctor({ dir: folder.path });
  const steps = await interrupt(() => manager.removeAccount(index), options);
  const when = `step ${options.failAt}`;
  await assertKept(folder, precious, when);

  const isThere = async () =>
    (await manager.listAccounts()).some((it) => it.index === index);
  if (await isThere()) await manager.removeAccount(index);
  await manager.repair();
  assertEquals(await isThere(), false, when);
  await assertKept(folder, precious, `the next try after ${when}`);
  const rest = [...accounts, 4].filter((it) => it !== index);
  const { active } = await lookAt(manager);
  assert(active !== undefined && rest.includes(active), `active, ${when}`);
  assertEquals(await findingsIn(folder, Date.now()), [], when);
  const names = Object.keys(await folder.credentials());
  assertEquals(names.filter((it) => it.endsWith(".tmp")), [], when);
  return steps >= (options.failAt ?? 0);
}

async function lookAt(manager: Doctor) {
  const all = await manager.listAccounts();
  return { active: all.find((it) => it.active)?.index };
}
