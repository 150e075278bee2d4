import { examine } from "../../lib/doctor/doctor.ts";
import { keySlotPath, slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  credential,
  FUTURE,
  keySlot,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { stashed } from "../support/stashed.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { MISPLACED, type Spoiled } from "./misplaced.ts";
import { addGeneration, replaceLogin } from "../support/kept_files.ts";
import { writeState } from "../support/state.ts";
import type { Finding } from "../../lib/doctor/finding.ts";

const FIX = "account-qwen doctor --fix";

/** The faults that can be found and fixed, by description. */
export const SPOILED: Record<string, Spoiled> = {
  ...MISPLACED,
  "the folder is open to others": {
    spoil: ({ path }) => Deno.chmod(path, 0o755),
    check: "modes",
    problem: "DIR is open to others (0755)",
    mend: FIX,
  },
  "the folder of the slots is open to others": {
    spoil: ({ layout }) => Deno.chmod(layout.accounts, 0o711),
    check: "modes",
    problem: "DIR/accounts is open to others (0711)",
    mend: FIX,
  },
  "the folder of the generations is open to others": {
    spoil: async ({ layout }) => {
      await replaceLogin(layout, { index: 1, bytes: credential(1) });
      await Deno.chmod(layout.generations, 0o750);
    },
    check: "modes",
    problem: "DIR/accounts/generations is open to others (0750)",
    mend: FIX,
  },
  "a slot is open to others": {
    spoil: ({ layout }) => Deno.chmod(slotPath(layout, 2), 0o644),
    check: "modes",
    problem: "DIR/accounts/oauth_creds_2.json is open to others (0644)",
    mend: FIX,
  },
  "state.yaml is open to others": {
    spoil: async ({ layout }) => {
      await writeState(layout.state, { current_index: 1 });
      await Deno.chmod(layout.state, 0o640);
    },
    check: "modes",
    problem: "DIR/state.yaml is open to others (0640)",
    mend: FIX,
  },
  "we may not write to one of our folders": {
    spoil: async ({ layout }) => {
      await Deno.mkdir(layout.runs);
      await Deno.chmod(layout.runs, 0o500);
    },
    check: "modes",
    problem: "DIR/accounts/runs is not readable and writable for you (0500)",
    mend: "chmod u+rwx DIR/accounts/runs",
  },
  "rotation.log is a link": {
    spoil: ({ layout }) => Deno.symlink("/dev/null", layout.log),
    check: "modes",
    problem: "DIR/rotation.log is a symbolic link, not a file",
    mend: "mv DIR/rotation.log DIR/rotation.log.away",
  },
  "the lock is a link": {
    spoil: ({ layout }) => Deno.symlink("/dev/null", layout.lock),
    check: "modes",
    problem: "DIR/state.yaml.lock is a symbolic link, not a file",
    mend: "mv DIR/state.yaml.lock DIR/state.yaml.lock.away",
  },
  "a login of the agent is in the place of the link": {
    spoil: ({ put }) => put(credential(1, { accessToken: "next" })),
    check: "link",
    problem: "oauth_creds.json is a login of qwen that is in no slot yet",
    mend: FIX,
  },
  "the link is gone": {
    spoil: ({ layout }) => Deno.remove(layout.live),
    check: "link",
    problem: "oauth_creds.json does not exist",
    mend: FIX,
  },
  "the link points to something else": {
    spoil: (folder) => linkTo(folder, "settings.json"),
    check: "link",
    problem: "oauth_creds.json points to something else",
    mend: FIX,
  },
  "the link points to a missing account": {
    spoil: (folder) => linkTo(folder, "accounts/oauth_creds_9.json"),
    check: "link",
    problem: "oauth_creds.json points to account 9, which does not exist",
    mend: FIX,
  },
  "a slot is truncated": {
    spoil: async ({ layout, put }) => {
      await replaceLogin(layout, { index: 2, bytes: refreshed(2) });
      await put(refreshed(2).subarray(0, 90), slotPath(layout, 2));
    },
    check: "slots",
    problem: "the slot of account 2 is damaged; the kept copy will be restored",
    mend: FIX,
  },
  "state.yaml is unusable": {
    spoil: ({ layout, put }) => put(new Uint8Array(), layout.state),
    check: "state",
    problem: "state.yaml is not a mapping",
    mend: FIX,
  },
  "state.yaml names another account than the link": {
    spoil: ({ layout }) => writeState(layout.state, { current_index: 2 }),
    check: "state",
    problem: "state.yaml names another account than the link",
    mend: FIX,
  },
  "the slot of an API-key account has no model": {
    spoil: ({ layout, put }) =>
      put(
        new TextEncoder().encode(keySlot(3).replace(/OPENAI_MODEL.*\n/, "")),
        keySlotPath(layout, 3),
      ),
    check: "slots",
    problem: "the slot of account 3 has no OPENAI_MODEL",
    mend: "mv DIR/accounts/api_key_3.env DIR/accounts/api_key_3.env.away",
  },
  "the slot of an API-key account is open to others": {
    spoil: async ({ layout, put }) => {
      const path = keySlotPath(layout, 3);
      await put(new TextEncoder().encode(keySlot(3)), path);
      await Deno.chmod(path, 0o644);
    },
    check: "modes",
    problem: "DIR/accounts/api_key_3.env is open to others (0644)",
    mend: FIX,
  },
  "an account has both a login and a key": {
    spoil: ({ layout, put }) =>
      put(new TextEncoder().encode(keySlot(2)), keySlotPath(layout, 2)),
    check: "slots",
    problem: "account 2 has both a login and a key",
    mend: "mv DIR/accounts/api_key_2.env DIR/accounts/api_key_3.env",
  },
  "an API-key account is skipped": {
    spoil: async ({ layout, put }) => {
      await put(new TextEncoder().encode(keySlot(3)), keySlotPath(layout, 3));
      await writeState(layout.state, {
        ...{
          accounts: {
            account3: { blocked: "of a colleague", blocked_since: FUTURE },
          },
        },
        current_index: 1,
      });
    },
    check: "slots",
    problem: "account 3: of a colleague",
    mend: "account-qwen switch 3",
  },
  "the agent has left its lock behind": {
    spoil: async ({ layout }) => {
      await Deno.writeTextFile(layout.agentLock, "4242");
      await Deno.utime(layout.agentLock, NOW / 1000 - 60, NOW / 1000 - 60);
    },
    check: "qwen's lock",
    problem: "qwen left oauth_creds.lock behind",
    mend: FIX,
  },
  "an account is skipped": {
    spoil: ({ layout }) =>
      writeState(layout.state, {
        ...{
          accounts: {
            account2: { blocked: "login needed", blocked_since: TIME },
          },
        },
        current_index: 1,
      }),
    check: "slots",
    problem: "account 2: its login is no longer valid",
    mend: "account-qwen login 2",
  },
  "an account is skipped for another reason": {
    spoil: ({ layout }) =>
      writeState(layout.state, {
        ...{
          accounts: {
            account2: { blocked: "of a colleague", blocked_since: TIME },
          },
        },
        current_index: 1,
      }),
    check: "slots",
    problem: "account 2: of a colleague",
    mend: "account-qwen switch 2",
  },
  "the last switch is in the future": {
    spoil: (folder) => switchInTheFuture(folder),
    check: "clock",
    problem: "the last switch was at 2999-01-01T00:00:00Z, in the future",
    mend: FIX,
  },
};

/** Faults whose findings contain random names. */
export const SPOILED_BY_CHANCE: Record<string, Spoiled> = {
  "a killed process has left a credential": {
    spoil: ({ layout, put }) =>
      put(refreshed(2), temporaryName(slotPath(layout, 2))),
    check: "leftovers",
    problem: "a killed process left DIR/accounts/.oauth_creds_2.json.",
    mend: FIX,
  },
  "a killed process has left a partial state": {
    spoil: ({ layout, put }) =>
      put(new Uint8Array(3), temporaryName(layout.state)),
    check: "leftovers",
    problem: "a killed process left DIR/.state.yaml.",
    mend: FIX,
  },
  "a login in the stash may belong to one account": {
    spoil: (folder) => stashed(folder, refreshed(2), [2]),
    check: "stash",
    problem: "a login in the stash may belong to account 2: oauth_creds.",
    mend: "account-qwen restore 2 --stash oauth_creds.",
  },
  "a login in the stash may belong to two accounts": {
    spoil: (folder) => stashed(folder, refreshed(2), [1, 2]),
    check: "stash",
    problem: "a login in the stash may belong to account 1 or 2: oauth_creds.",
    mend: "account-qwen restore N --stash oauth_creds.",
  },
  "the slot of an account is gone": {
    spoil: async (folder) => {
      const { layout } = folder;
      await addGeneration(layout, { index: 2, bytes: credential(2) });
      await Deno.remove(slotPath(layout, 2));
    },
    check: "slots",
    problem: "account 2 has lost its slot; its earlier logins are kept",
    mend: "account-qwen restore 2",
  },
  "a login in the stash may belong to an account that is gone": {
    spoil: (folder) => stashed(folder, refreshed(9), [9]),
    check: "stash",
    problem: "a login in the stash belongs to an unknown account: oauth_creds.",
    mend: "account-qwen setup DIR/accounts/stash/oauth_creds.",
  },
  "a login in the stash expires before those of the accounts it may belong to":
    {
      spoil: (folder) => stashed(folder, refreshed(1, -2), [1, 2]),
      check: "stash",
      problem:
        "a login in the stash may belong to account 1 or 2: oauth_creds.",
      mend: "mv DIR/accounts/stash/oauth_creds.",
    },
  "a login in the stash expires before the one that replaced it": {
    spoil: async (folder) => {
      const before = credential(2, { expiresAt: NOW });
      await stashed(folder, before, [1]);
      await folder.renew(2, before);
      await folder.renew(2, refreshed(2));
    },
    check: "stash",
    problem: "a login in the stash may belong to account 1: oauth_creds.",
    mend: FIX,
  },
};

/** Returns the findings for the default folder, which is in the home. */
export async function findingsIn(
  { layout }: Pick<AccountFolder, "layout">,
  now = NOW,
): Promise<Finding[]> {
  const home = layout.root.replace(/\/\.qwen$/, "");
  const env = (name: string) => name === "HOME" ? home : undefined;
  return await examine(layout, { ...fakeClock(now), env });
}

async function switchInTheFuture({ layout }: AccountFolder): Promise<void> {
  const future = "2999-01-01T00:00:00Z";
  await writeState(layout.state, {
    current_index: 1,
    last_switch: future,
    switches_total: 1,
    accounts: { account1: { switches_count: 1, last_used: future } },
  });
}

async function linkTo({ layout }: AccountFolder, target: string) {
  await Deno.remove(layout.live);
  await Deno.symlink(target, layout.live);
}
