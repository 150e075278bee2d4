import {
  type AccountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { makePipe } from "../support/pipe.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { writeState } from "../support/state.ts";

/** A fault, and the finding that reports it. */
export interface Spoiled {
  /** Causes it in a folder with the accounts 1, active, and 2. */
  spoil: (folder: AccountFolder) => Promise<unknown>;
  /** The check that finds it. */
  check: string;
  /** The problem; `DIR` stands for the folder. */
  problem: string;
  /** How to fix it; `DIR` stands for the folder. */
  mend: string;
}

const FIX = "account-qwen doctor --fix";

const PRIVATE = { recursive: true, mode: 0o700 };

const GENERATION = "oauth_creds_9.000001.20261121T083500123Z.json";

const RUN = "run_1_0123456789abcdef";

const TEMPORARY = ".oauth_creds.json.0123456789abcdef.tmp";

const UNHIDDEN = "oauth_creds.json.0123456789abcdef";

/** Files of the wrong type or in the wrong place, by description. */
export const MISPLACED: Record<string, Spoiled> = {
  "state.yaml is a folder": {
    spoil: ({ layout }) => Deno.mkdir(layout.state),
    check: "modes",
    problem: "DIR/state.yaml is a directory, not a file",
    mend: "mv DIR/state.yaml DIR/state.yaml.away",
  },
  "state.yaml is a link to itself": {
    spoil: ({ layout }) => Deno.symlink("state.yaml", layout.state),
    check: "modes",
    problem: "DIR/state.yaml is a symbolic link, not a file",
    mend: "mv DIR/state.yaml DIR/state.yaml.away",
  },
  "state.yaml is a pipe": {
    spoil: ({ layout }) => makePipe(layout.state),
    check: "modes",
    problem: "DIR/state.yaml is a pipe or device, not a file",
    mend: "mv DIR/state.yaml DIR/state.yaml.away",
  },
  "a folder is in the place of the live file": {
    spoil: async ({ layout }) => {
      const state = { current_index: 1, linked: true };
      await writeState(layout.state, state);
      await Deno.remove(layout.live);
      await Deno.mkdir(layout.live);
    },
    check: "link",
    problem: "oauth_creds.json is a folder",
    mend: "mv DIR/oauth_creds.json DIR/oauth_creds.json.away && " +
      "ln -s accounts/oauth_creds_1.json DIR/oauth_creds.json",
  },
  "the agent has left a folder in the place of its lock": {
    spoil: async ({ layout }) => {
      await Deno.mkdir(`${layout.agentLock}/inner`, { recursive: true });
      await Deno.utime(layout.agentLock, NOW / 1000 - 60, NOW / 1000 - 60);
    },
    check: "qwen's lock",
    problem: "oauth_creds.lock is a folder",
    mend: "mv DIR/oauth_creds.lock DIR/oauth_creds.lock.away",
  },
  "a folder is in the stash": {
    spoil: ({ layout }) => Deno.mkdir(`${layout.stash}/it`, PRIVATE),
    check: "modes",
    problem: "DIR/accounts/stash/it is a directory, not a file",
    mend: "mv DIR/accounts/stash/it DIR/it.away",
  },
  "a link is in the stash": {
    spoil: async ({ layout }) => {
      await Deno.mkdir(layout.stash, PRIVATE);
      await Deno.symlink("../oauth_creds_1.json", `${layout.stash}/it`);
    },
    check: "modes",
    problem: "DIR/accounts/stash/it is a symbolic link, not a file",
    mend: "mv DIR/accounts/stash/it DIR/it.away",
  },
  "a pipe is in the stash": {
    spoil: async ({ layout }) => {
      await Deno.mkdir(layout.stash, PRIVATE);
      await makePipe(`${layout.stash}/it`);
    },
    check: "modes",
    problem: "DIR/accounts/stash/it is a pipe or device, not a file",
    mend: "mv DIR/accounts/stash/it DIR/it.away",
  },
  "a folder is among the generations of a removed account": {
    spoil: ({ layout }) =>
      Deno.mkdir(`${layout.generations}/${GENERATION}`, PRIVATE),
    check: "modes",
    problem:
      `DIR/accounts/generations/${GENERATION} is a directory, not a file`,
    mend: `mv DIR/accounts/generations/${GENERATION} DIR/${GENERATION}.away`,
  },
  "a file in the stash may not be read": {
    spoil: async ({ layout, put }) => {
      await Deno.mkdir(layout.stash, PRIVATE);
      await put(refreshed(1).subarray(0, 9), `${layout.stash}/it`);
      await Deno.chmod(`${layout.stash}/it`, 0o200);
    },
    check: "modes",
    problem: "DIR/accounts/stash/it is not readable for you (0200)",
    mend: "chmod u+rw DIR/accounts/stash/it",
  },
  "a file in the stash is not a login and has a line break in its name": {
    spoil: async ({ layout, put }) => {
      await Deno.mkdir(layout.stash, PRIVATE);
      await put(new Uint8Array(9), `${layout.stash}/a%s\n'b`);
    },
    check: "stash",
    problem: "a%s\n'b in the stash is not a login: it is not valid JSON",
    mend: "rm \"$(printf %b 'DIR/accounts/stash/a\\0045s\\0012\\0047b')\"",
  },
  "the folder of the stash is a link": {
    spoil: ({ layout }) => linkFolder(layout.stash),
    check: "modes",
    problem: "DIR/accounts/stash is a symbolic link, not a directory",
    mend: "mv DIR/accounts/stash DIR/accounts/stash.away",
  },
  "the folder of the generations is a link": {
    spoil: ({ layout }) => linkFolder(layout.generations),
    check: "modes",
    problem: "DIR/accounts/generations is a symbolic link, not a directory",
    mend: "mv DIR/accounts/generations DIR/accounts/generations.away",
  },
  "the folder of the runs is a link": {
    spoil: ({ layout }) => linkFolder(layout.runs),
    check: "modes",
    problem: "DIR/accounts/runs is a symbolic link, not a directory",
    mend: "mv DIR/accounts/runs DIR/accounts/runs.away",
  },
  "a file is in the place of the stash": {
    spoil: ({ layout, put }) => put(new Uint8Array(), layout.stash),
    check: "modes",
    problem: "DIR/accounts/stash is a file, not a directory",
    mend: "mv DIR/accounts/stash DIR/accounts/stash.away",
  },
  "a folder is in the place of a run": {
    spoil: ({ layout }) => Deno.mkdir(`${layout.runs}/${RUN}/inner`, PRIVATE),
    check: "runs",
    problem: `DIR/accounts/runs/${RUN} is a directory, not a file`,
    mend: `mv DIR/accounts/runs/${RUN} DIR/${RUN}.away`,
  },
  "a killed agent has left a login": {
    spoil: async ({ path, put }) => {
      const login = credential(1, { accessToken: "next" });
      await put(login, `${path}/oauth_creds.json.tmp.abc`);
      await Deno.utime(`${path}/oauth_creds.json.tmp.abc`, 0, 0);
    },
    check: "leftovers",
    problem: "a killed qwen left DIR/oauth_creds.json.tmp.abc behind",
    mend: FIX,
  },
  "an empty folder has a temporary name": {
    spoil: ({ path }) => Deno.mkdir(`${path}/${TEMPORARY}`),
    check: "leftovers",
    problem: `a killed process left DIR/${TEMPORARY} behind`,
    mend: FIX,
  },
  "a folder that is not empty has a temporary name": {
    spoil: ({ layout }) =>
      Deno.mkdir(`${layout.accounts}/${TEMPORARY}/inner`, PRIVATE),
    check: "leftovers",
    problem: `a killed process left DIR/accounts/${TEMPORARY} behind`,
    mend: `mv DIR/accounts/${TEMPORARY} DIR/${UNHIDDEN}.away`,
  },
};

async function linkFolder(path: string): Promise<void> {
  await Deno.mkdir(`${path}-outside`, { mode: 0o700 });
  await Deno.symlink(`${path}-outside`, path);
}
