import { examine, type Finding } from "../../lib/rotation/examine.ts";
import { temporaryName } from "../../lib/store/names.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import { writeSlot } from "../../lib/store/slots.ts";
import { NEW_STATE, withBlock, withSwitch } from "../../lib/store/state.ts";
import { saveState } from "../../lib/store/state_file.ts";
import { stashFile } from "../../lib/store/stash.ts";
import {
  type AccountFolder,
  credential,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { refreshed } from "./cli_writes.ts";

/** Something wrong, and what is to be found of it. */
export interface Spoiled {
  /** Makes it so in a folder with the accounts 1, active, and 2. */
  spoil: (folder: AccountFolder) => Promise<unknown>;
  /** What was looked at. */
  check: string;
  /** What is wrong; `DIR` stands for the folder. */
  problem: string;
  /** What mends it; `DIR` stands for the folder. */
  mend: string;
}

const FIX = "account-qwen doctor --fix";

/** Everything that can be found and mended, by when it is found. */
export const SPOILED: Record<string, Spoiled> = {
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
      await writeSlot(layout, 1, credential(1), NOW);
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
      await saveState(layout, { ...NEW_STATE, currentIndex: 1 });
      await Deno.chmod(layout.state, 0o640);
    },
    check: "modes",
    problem: "DIR/state.yaml is open to others (0640)",
    mend: FIX,
  },
  "rotation.log is a link": {
    spoil: ({ layout }) => Deno.symlink("/dev/null", layout.log),
    check: "modes",
    problem: "DIR/rotation.log is no file but a link",
    mend: "mv DIR/rotation.log DIR/rotation.log.away",
  },
  "the lock is a link": {
    spoil: ({ layout }) => Deno.symlink("/dev/null", layout.lock),
    check: "modes",
    problem: "DIR/state.yaml.lock is no file but a link",
    mend: "mv DIR/state.yaml.lock DIR/state.yaml.lock.away",
  },
  "a login of the CLI is in the link's place": {
    spoil: ({ put }) => put(credential(1, { accessToken: "next" })),
    check: "link",
    problem: "oauth_creds.json is a login of qwen that is in no slot yet",
    mend: FIX,
  },
  "the link is gone": {
    spoil: ({ layout }) => Deno.remove(layout.live),
    check: "link",
    problem: "oauth_creds.json is not there",
    mend: FIX,
  },
  "the link leads to something else": {
    spoil: (folder) => linkTo(folder, "settings.json"),
    check: "link",
    problem: "oauth_creds.json leads to something else",
    mend: FIX,
  },
  "the link leads to a missing account": {
    spoil: (folder) => linkTo(folder, "accounts/oauth_creds_9.json"),
    check: "link",
    problem: "oauth_creds.json leads to account 9, which is not there",
    mend: FIX,
  },
  "a slot is cut short": {
    spoil: async ({ layout, put }) => {
      await writeSlot(layout, 2, refreshed(2), NOW);
      await put(refreshed(2).subarray(0, 90), slotPath(layout, 2));
    },
    check: "slots",
    problem: "the slot of account 2 is no JSON, or cut short",
    mend: "account-qwen restore 2",
  },
  "state.yaml is of no use": {
    spoil: ({ layout, put }) => put(new Uint8Array(), layout.state),
    check: "state",
    problem: "state.yaml holds no mapping as the document",
    mend: FIX,
  },
  "state.yaml names another account than the link": {
    spoil: ({ layout }) => saveState(layout, { ...NEW_STATE, currentIndex: 2 }),
    check: "state",
    problem: "state.yaml names another account than the link",
    mend: FIX,
  },
  "the CLI has left its lock behind": {
    spoil: async ({ layout }) => {
      await Deno.writeTextFile(layout.cliLock, "4242");
      await Deno.utime(layout.cliLock, NOW / 1000 - 60, NOW / 1000 - 60);
    },
    check: "qwen's lock",
    problem: "qwen has left oauth_creds.lock behind",
    mend: FIX,
  },
  "an account is passed by": {
    spoil: ({ layout }) =>
      saveState(layout, {
        ...withBlock(NEW_STATE, 2, "login needed", TIME),
        currentIndex: 1,
      }),
    check: "slots",
    problem: "account 2 is passed by: login needed",
    mend: "account-qwen switch 2",
  },
};

/** What names something that no test knows before. */
export const SPOILED_BY_CHANCE: Record<string, Spoiled> = {
  "a killed process has left a credential": {
    spoil: ({ layout, put }) =>
      put(refreshed(2), temporaryName(slotPath(layout, 2))),
    check: "leftovers",
    problem: "a killed process has left DIR/accounts/.oauth_creds_2.json.",
    mend: FIX,
  },
  "a killed process has left a part of the state": {
    spoil: ({ layout, put }) =>
      put(new Uint8Array(3), temporaryName(layout.state)),
    check: "leftovers",
    problem: "a killed process has left DIR/.state.yaml.",
    mend: FIX,
  },
  "a login in the stash is what a slot has": {
    spoil: async (folder) => await stash(folder, credential(2)),
    check: "stash",
    problem: "a login in the stash is of no proven account: oauth_creds.",
    mend: "account-qwen restore N --stash oauth_creds.",
  },
};

/** What is found where the folder is the usual one, that of the home. */
export async function findingsIn(
  { layout }: Pick<AccountFolder, "layout">,
  now = NOW,
): Promise<Finding[]> {
  const home = layout.root.replace(/\/\.qwen$/, "");
  const env = (name: string) => name === "HOME" ? home : undefined;
  return await examine(layout, { ...fakeClock(now), env });
}

/** Puts `bytes` into the stash. */
export async function stash(
  { path, layout, put }: AccountFolder,
  bytes: Uint8Array,
): Promise<void> {
  await put(bytes, `${path}/whose`);
  await stashFile(layout, `${path}/whose`, { now: NOW });
}

/** Lets the last switch have been an hour after `NOW`. */
export async function switchInTheFuture(
  { layout }: AccountFolder,
): Promise<void> {
  const time = new Date(NOW + 3_600_000).toISOString();
  await saveState(layout, withSwitch(NEW_STATE, 1, time));
}

async function linkTo({ layout }: AccountFolder, target: string) {
  await Deno.remove(layout.live);
  await Deno.symlink(target, layout.live);
}
