import type { Doctor } from "../../lib/doctor/doctor.ts";
import { addRun, type Run } from "../../lib/vault/settle/runs.ts";
import { runtime } from "../../lib/system/mod.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import type { Place } from "./arena.ts";
import { removeIfThere, removeLogin } from "./agent_files.ts";
import {
  makeLogin,
  noteImported,
  playRefresh,
  playWriteInPlace,
} from "./play_agent.ts";
import { namesIn } from "./look.ts";
import { inWorld } from "./service.ts";

/** One operation and its starting point. Account 1 of 3 is active at first. */
export interface Scenario {
  /**
   * Sets up the starting point.
   *
   * @default three accounts that were used before
   */
  prepare?: (place: Place, accounts: Doctor) => Promise<unknown>;
  /** The operation; each of its steps fails in turn. */
  act: (accounts: Doctor, place: Place) => Promise<unknown>;
}

/** Every operation, with each kind of starting point. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "the first switch": {
    act: (accounts) => accounts.switchTo(2),
  },
  "switch": {
    prepare: useBefore,
    act: (accounts) => accounts.switchTo(2),
  },
  "next": {
    prepare: useBefore,
    act: (accounts) => accounts.switchNext(),
  },
  "switch after a refresh": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.switchTo(2),
  },
  "switch to itself after a refresh": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.switchTo(1),
  },
  "switch after seven refreshes": {
    prepare: async (place, accounts) => {
      for (let count = 0; count < 7; count++) {
        playRefresh(place, 1);
        await accounts.repair();
      }
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.switchTo(2),
  },
  "next after a refresh of unproven account": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      await beginRuns(place, [1, 2]);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.switchNext(),
  },
  "next after a refresh of the account before": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      await beginRuns(place, [1]);
      await accounts.switchTo(2);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.switchNext(),
  },
  "next after a write in place of unproven account": {
    prepare: writeInPlace,
    act: (accounts) => accounts.switchNext(),
  },
  "switch back after a write in place of unproven account": {
    prepare: writeInPlace,
    act: (accounts) => accounts.switchTo(1),
  },
  "repair after a write in place of unproven account": {
    prepare: writeInPlace,
    act: (accounts) => accounts.repair(),
  },
  "repair after a write in place when no other account is left": {
    prepare: async (place, accounts) => {
      await accounts.removeAccount(3);
      await writeInPlace(place, accounts);
    },
    act: (accounts) => accounts.repair(),
  },
  "repair after a write in place of the only account that runs": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      await beginRuns(place, [1]);
      playWriteInPlace(place, 1);
    },
    act: (accounts) => accounts.repair(),
  },
  "run that writes in place after a switch": {
    prepare: useBefore,
    act: (accounts, place) =>
      run(accounts, undefined, async ({ account }) => {
        await accounts.switchTo(2);
        playWriteInPlace(place, account);
      }),
  },
  "next after the agent has removed the live file": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      removeLogin(place.world, place.live);
    },
    act: (accounts) => accounts.switchNext(),
  },
  "run": {
    prepare: useBefore,
    act: (accounts) => run(accounts, undefined, () => {}),
  },
  "run with another account": {
    prepare: useBefore,
    act: (accounts) => run(accounts, 3, () => {}),
  },
  "run that refreshes": {
    prepare: useBefore,
    act: (accounts, place) =>
      run(accounts, undefined, ({ account }) => playRefresh(place, account)),
  },
  "run that refreshes after a switch": {
    prepare: useBefore,
    act: (accounts, place) =>
      run(accounts, undefined, async ({ account }) => {
        await accounts.switchTo(2);
        playRefresh(place, account);
      }),
  },
  "run that holds another account during a refresh": {
    prepare: useBefore,
    act: async (accounts, place) => {
      const begun = await accounts.beginRun({ account: 3, isApart: true });
      playRefresh(place, 1);
      await accounts.endRun(begun);
    },
  },
  "run that refreshes and continues with another account": {
    prepare: useBefore,
    act: async (accounts, place) => {
      const begun = await accounts.beginRun();
      playRefresh(place, begun.account);
      const next = await accounts.continueRun(begun, { kind: "quota" });
      await accounts.endRun(next);
    },
  },
  "run that refreshes and leaves its account": {
    prepare: useBefore,
    act: async (accounts, place) => {
      const begun = await accounts.beginRun();
      playRefresh(place, begun.account);
      const outcome = { kind: "quota" } as const;
      const { account: from } = begun;
      const ends = { run: begun, outcome };
      await accounts.leave({ from, reason: outcome.kind, ends });
    },
  },
  "run that is refused": {
    prepare: useBefore,
    act: async (accounts, place) => {
      const begun = await accounts.beginRun();
      removeLogin(place.world, place.live);
      await accounts.endRun(begun, { kind: "login" });
    },
  },
  "repair of nothing": {
    prepare: useBefore,
    act: (accounts) => accounts.repair(),
  },
  "repair after a refresh": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.repair(),
  },
  "repair of all that can be": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      const slot = `${place.dir}/accounts/oauth_creds_2.json`;
      await accounts.restore(2).catch(() => {}); // keeps a generation
      await Deno.mkdir(`${place.dir}/accounts/stash`, { mode: 0o700 });
      const stashed = "oauth_creds.20260101T000000000Z-00000000.json";
      await Deno.copyFile(slot, `${place.dir}/accounts/stash/${stashed}`);
      await Deno.chmod(`${place.dir}/accounts`, 0o755);
      await Deno.writeTextFile(`${place.dir}/state.yaml`, "accounts: [");
      await Deno.writeTextFile(`${place.dir}/oauth_creds.lock`, "1");
      await Deno.utime(`${place.dir}/oauth_creds.lock`, 1, 1);
      removeIfThere(place.live);
      await Deno.symlink("/nowhere", place.live);
    },
    act: (accounts) => accounts.repair(),
  },
  "repair of an empty slot": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      await Deno.truncate(`${place.dir}/accounts/oauth_creds_1.json`);
    },
    act: (accounts) => accounts.repair(),
  },
  "restore of a generation": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
      await accounts.repair();
      inWorld(place.world, ({ families }) => {
        for (const it of Object.values(families)) it.excused = true;
      });
    },
    act: (accounts) => accounts.restore(1),
  },
  "restore from the stash": {
    prepare: stashOne,
    act: async (accounts, place) => {
      const [stash] = stashOf(place);
      if (stash) await accounts.restore(1, { stash });
    },
  },
  "undo of a restore from the stash": {
    prepare: async (place, accounts) => {
      await stashOne(place, accounts);
      const [stash] = stashOf(place);
      if (stash) await accounts.restore(1, { stash });
      inWorld(place.world, ({ families }) => {
        for (const it of Object.values(families)) it.excused = true;
      });
    },
    act: (accounts) => accounts.restore(1),
  },
  "repair after a refresh of unproven account": {
    prepare: async (place, accounts) => {
      await stashOne(place, accounts);
      playRefresh(place, 2);
    },
    act: (accounts) => accounts.repair(),
  },
  "move": {
    prepare: useBefore,
    act: (accounts) => accounts.moveAccount(1, 7),
  },
  "move after a refresh": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.moveAccount(2, 7),
  },
  "remove": {
    prepare: useBefore,
    act: (accounts) => accounts.removeAccount(1),
  },
  "remove after a refresh": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      playRefresh(place, 1);
    },
    act: (accounts) => accounts.removeAccount(1),
  },
  "bring back": {
    prepare: async (place, accounts) => {
      await useBefore(place, accounts);
      await accounts.removeAccount(2);
    },
    act: async (accounts, place) => {
      const [stash] = stashOf(place);
      await accounts.addAccount(`${place.dir}/accounts/stash/${stash}`);
    },
  },
  "setup": {
    prepare: useBefore,
    act: async (accounts, place) => {
      await accounts.addAccount(makeLogin(place, "b1"));
      noteImported(place.world, "b1");
    },
  },
  "setup of the first account": {
    prepare: (place) => {
      removeIfThere(place.live);
      removeAccounts(place);
      inWorld(place.world, (world) => {
        world.families = {};
        world.removed = true;
      });
      return Promise.resolve();
    },
    act: async (accounts, place) => {
      await accounts.addAccount(makeLogin(place, "a1"));
      noteImported(place.world, "a1");
    },
  },
  "setup of the live file": {
    prepare: (place) => {
      const login = makeLogin(place, "a1");
      removeIfThere(place.live);
      removeAccounts(place);
      Deno.renameSync(login, place.live);
      inWorld(place.world, (world) => {
        for (const index of [2, 3]) delete world.families[`a${index}`];
      });
      return Promise.resolve();
    },
    act: (accounts) => accounts.addAccount(),
  },
};

/** A folder on another file system remains, but empty. */
function removeAccounts({ dir }: Place): void {
  const accounts = `${dir}/accounts`;
  if (!Deno.lstatSync(accounts).isSymlink) {
    Deno.removeSync(accounts, { recursive: true });
    return;
  }
  for (const name of namesIn(accounts)) {
    Deno.removeSync(`${accounts}/${name}`, { recursive: true });
  }
}

async function useBefore(_: Place, accounts: Doctor): Promise<void> {
  await accounts.switchTo(2);
  await accounts.switchTo(1);
}

/** A program with the login of account 1 writes while account 2 is active. */
async function writeInPlace(
  place: Place,
  accounts: Doctor,
): Promise<void> {
  await useBefore(place, accounts);
  await beginRuns(place, [1]);
  await accounts.switchTo(2);
  playWriteInPlace(place, 1);
}

async function run(
  accounts: Doctor,
  account: number | undefined,
  play: (run: Run) => void | Promise<void>,
): Promise<void> {
  const begun = await accounts.beginRun({ account });
  await play(begun);
  await accounts.endRun(begun);
}

/** Runs that are in progress for as long as the process that prepares. */
async function beginRuns(place: Place, accounts: number[]): Promise<void> {
  const { host } = runtime;
  const process = host.identify(host.pid) ?? "";
  for (const account of accounts) {
    const id = crypto.randomUUID().replaceAll("-", "").slice(16);
    await addRun(layoutAt(place.dir), { id, account, process });
  }
}

async function stashOne(place: Place, accounts: Doctor): Promise<void> {
  await useBefore(place, accounts);
  await beginRuns(place, [1, 2]);
  playRefresh(place, 1);
  await accounts.repair();
}

/** The names in the stash. */
export function stashOf({ dir }: Pick<Place, "dir">): string[] {
  try {
    const folder = Deno.readDirSync(`${dir}/accounts/stash`);
    return [...folder].map((it) => it.name).sort();
  } catch {
    return [];
  }
}
