import { assert, assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/rotation/account_manager.ts";
import type { Files } from "../../lib/runtime/mod.ts";
import { temporaryName } from "../../lib/store/names.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
  text,
} from "../support/account_folder.ts";
import { FILE_SYSTEMS, noSpace, replaceFiles } from "../support/files.ts";

const NEWER = credential(2, { accessToken: "next", expiresAt: NOW + 9e6 });
const OLDER = credential(2, { accessToken: "earlier", expiresAt: NOW });
const FOREIGN = credential(9);

interface Scenario {
  /** What lies outside the slots, and where. */
  found: [Uint8Array, (folder: AccountFolder) => string][];
  /** What is interrupted. */
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
  "a switch with a login of nobody in the way": {
    found: [[FOREIGN, atLive]],
    action: (manager) => manager.switchTo(2),
  },
  "a switch after a kill": {
    found: [
      [NEWER, ({ layout }) => temporaryName(slotPath(layout, 2))],
      [FOREIGN, ({ layout }) => temporaryName(layout.live)],
    ],
    action: (manager) => manager.switchTo(1),
  },
  "the end of a run": {
    found: [[NEWER, atLive]],
    action: (manager) => manager.endRun(),
  },
  "the adding of a login": {
    found: [[FOREIGN, atLive]],
    action: (manager) => manager.addAccount(),
  },
};

const INTERRUPTIONS = {
  "is killed": killedAfter,
  "finds the disk full": fullAfter,
};

for (const [what, scenario] of Object.entries(SCENARIOS)) {
  for (const [how, interrupt] of Object.entries(INTERRUPTIONS)) {
    for (const [which, use] of Object.entries(FILE_SYSTEMS)) {
      Deno.test(`no credential is lost when ${what} ${how} at any step on a file system ${which}`, async () => {
        using _ = use();
        let steps = 0;
        while (await interrupted(scenario, interrupt, steps)) steps++;
        assert(steps >= 10, `it was over after ${steps} steps`);
      });
    }
  }
}

/** Interrupts after some steps; `false` if all was done by then. */
async function interrupted(
  { found, action }: Scenario,
  interrupt: (steps: number) => Interruption,
  steps: number,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts: [1, 2],
    ...(found.some(([, where]) => where === atLive) ? {} : { active: 1 }),
  });
  for (const [bytes, where] of found) await folder.put(bytes, where(folder));
  const precious = [credential(1), credential(2), ...found.map(([it]) => it)];
  const manager = new AccountManager({ dir: folder.path });
  let happened: boolean;
  {
    using interruption = interrupt(steps);
    await action(manager).catch(() => {});
    happened = interruption.happened;
  }
  const after = Object.values(await folder.credentials());
  for (const it of precious) {
    assert(after.includes(text(it)), `lost after ${steps} steps`);
  }

  await manager.switchTo(1);
  const settled = await folder.credentials();
  for (const it of precious) {
    assert(
      Object.values(settled).includes(text(it)),
      `lost by the next switch, after ${steps} steps`,
    );
  }
  assertEquals(
    Object.keys(settled).filter((it) => !it.startsWith("accounts/")),
    [],
  );
  assertEquals(
    Object.keys(settled).filter((it) => it.endsWith(".tmp")),
    [],
  );
  for (const index of [1, 2]) {
    const slot = settled[`accounts/oauth_creds_${index}.json`];
    assert(slot?.includes(`-token-${index}-`), `slot ${index}, ${steps} steps`);
  }
  assertEquals(
    await Deno.readFile(folder.layout.live),
    credential(1),
  );
  return happened;
}

interface Interruption extends Disposable {
  /** Whether there were enough steps for it. */
  happened: boolean;
}

/** Nothing at all is done any more, as after SIGKILL. */
function killedAfter(steps: number): Interruption {
  return interruptAfter(steps, () => true);
}

const WRITES: (keyof Files)[] = ["appendLine", "create", "link", "makeFolder"];

/** Nothing that needs room is done any more. */
function fullAfter(steps: number): Interruption {
  return interruptAfter(steps, (step) => WRITES.includes(step));
}

function interruptAfter(
  steps: number,
  prevents: (step: keyof Files) => boolean,
): Interruption {
  let count = 0;
  const replaced = replaceFiles((real) =>
    new Proxy(real, {
      get: (files, step: keyof Files) => (...args: unknown[]) => {
        if (count++ < steps || !prevents(step)) {
          return Reflect.apply(files[step], files, args);
        }
        interruption.happened = true;
        return Promise.reject(noSpace());
      },
    })
  );
  const interruption = Object.assign(replaced, { happened: false });
  return interruption;
}
