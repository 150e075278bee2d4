import { assert, assertEquals } from "@std/assert";
import { examine } from "../../lib/doctor/doctor.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { withLock } from "../../lib/disk/lock.ts";
import { basename, dirname, slotPath } from "../../lib/disk/names.ts";
import { describeTree } from "../support/describe_tree.ts";
import {
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import {
  type LockProgram,
  startLockProgram,
} from "../support/lock_programs.ts";
import { strangers } from "../support/strangers.ts";
import { stashed } from "../support/stashed.ts";
import { tempDir } from "../support/temp_dir.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { findingsIn, SPOILED, SPOILED_BY_CHANCE } from "./findings.ts";
import { managerOf } from "../accounts/managers.ts";
import { testWith } from "../support/needs.ts";
import { assertFails } from "../support/assert_fails.ts";
import { stashPaths } from "../support/kept_files.ts";

const test = await testWith("python3");

const FIX = "account-qwen doctor --fix";

const ACCOUNTS = { accounts: [1, 2], active: 1, inMemory: true };

Deno.test("examine() finds nothing when all is well", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await managerOf(folder).switchTo(2);
  assertEquals(await findingsIn(folder), []);
});

Deno.test("examine() finds nothing before the first switch", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  assertEquals(await findingsIn(folder), []);
});

for (const [when, spoiled] of Object.entries(SPOILED)) {
  const { spoil, check, problem, mend } = spoiled;
  Deno.test(`examine() says how to fix it when ${when}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    await spoil(folder);
    const [problemText, mendText] = [problem, mend].map((it) =>
      it.replaceAll("DIR", folder.path)
    );
    assertEquals(await findingsIn(folder), [
      { check, problem: problemText, mend: mendText },
    ]);
  });
}

for (const [when, spoiled] of Object.entries(SPOILED_BY_CHANCE)) {
  const { spoil, check, problem, mend } = spoiled;
  Deno.test(`examine() says how to fix it when ${when}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    await spoil(folder);
    const [finding, ...others] = await findingsIn(folder);
    assertEquals(others, []);
    assertEquals(finding?.check, check);
    const beginning = problem.replaceAll("DIR", folder.path);
    assert(finding?.problem.startsWith(beginning), finding?.problem);
    const command = mend.replaceAll("DIR", folder.path);
    assert(finding?.mend.startsWith(command), finding?.mend);
  });
}

// An unusable file from a slot is kept, and the user may remove it.
const FIXED = Object.entries({ ...SPOILED, ...SPOILED_BY_CHANCE })
  .filter(([when, { mend }]) => mend === FIX && when !== "a slot is truncated");

for (const [when, { spoil }] of FIXED) {
  Deno.test(`repair() fixes it when ${when}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _strangers = strangers();
    await spoil(folder);
    await managerOf(folder).repair();
    assertEquals(await findingsIn(folder), []);
  });
}

for (const [when, { spoil }] of Object.entries(SPOILED)) {
  Deno.test(`examine() changes nothing when ${when}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    await spoil(folder);
    const before = await describeTree(folder.path);
    await findingsIn(folder);
    assertEquals(await describeTree(folder.path), before);
  });
}

Deno.test("examine() finds that there is no account", async () => {
  await using folder = await accountFolder();
  assertEquals(await findingsIn(folder), [{
    check: "slots",
    problem: "no account is set up yet",
    mend: "account-qwen setup",
  }]);
});

Deno.test("examine() names setup when only the agent has a login", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.remove(slotPath(folder.layout, 1));
  await folder.put(credential(1));
  const [finding] = await findingsIn(folder);
  assertEquals(finding?.mend, "account-qwen setup");
  await managerOf(folder).addAccount();
  assertEquals(await findingsIn(folder), []);
});

test("examine() finds the process that holds the lock", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { lock } = folder.layout;
  await using holder = await startLockProgram("python3", lock);
  await Deno.chmod(lock, 0o600);
  assertEquals(await findingsIn(folder), [{
    check: "lock",
    problem: `process ${holder.pid} (python3) holds ${lock}`,
    mend: `kill ${holder.pid}`,
  }]);
});

test("examine() ignores a lock that is released, or held by another process, a moment later", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  await using first = await startLockProgram("python3", layout.lock);
  await Deno.chmod(layout.lock, 0o600);
  const clock = fakeClock();
  let second: LockProgram | undefined;
  const system = {
    ...clock,
    env: (name: string) => name === "HOME" ? dirname(folder.path) : undefined,
    async sleep(ms: number) {
      await clock.sleep(ms);
      if (clock.sleeps.length === 2) {
        await first.kill();
        second = await startLockProgram("python3", layout.lock);
      }
    },
  };
  assertEquals(await examine(layout, system), []);
  assertEquals(clock.sleeps, [100, 100]);
  await second?.[Symbol.asyncDispose]();
});

test("examine() finds no lock after its command killed the holder", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { lock } = folder.layout;
  await using holder = await startLockProgram("python3", lock);
  await Deno.chmod(lock, 0o600);
  const mends = (await findingsIn(folder)).map((it) => it.mend);
  assertEquals(mends, [`kill ${holder.pid}`]);
  const { code } = await new Deno.Command("sh", { args: ["-c", ...mends] })
    .output();
  assertEquals(code, 0);
  await withLock(lock, () => Promise.resolve(), { timeoutMs: 60_000 });
  assertEquals(await findingsIn(folder), []);
});

Deno.test("examine() finds a file in the stash that is not a login", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(9).subarray(0, 90));
  const [path = ""] = await stashPaths(folder.layout);
  assertEquals(await findingsIn(folder), [{
    check: "stash",
    problem: `${basename(path)} in the stash is not a login: ` +
      "it is not valid JSON",
    mend: `rm ${path}`,
  }]);
});

const FOLDERS: Record<
  string,
  { name: string; mend: (path: string) => string }
> = {
  "is not the default one": {
    name: "elsewhere",
    mend: (path) => `account-qwen --dir ${path} setup`,
  },
  "has a blank in its name": {
    name: "else where",
    mend: (path) => `account-qwen --dir '${path}' setup`,
  },
  "has a quote in its name": {
    name: "John's",
    mend: (path) => `account-qwen --dir '${path.replace("'", "'\\''")}' setup`,
  },
};

for (const [what, { name, mend }] of Object.entries(FOLDERS)) {
  Deno.test(`examine() names the folder in the fix when the folder ${what}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/${name}`;
    const env = (name: string) => name === "HOME" ? dir.path : undefined;
    const system = { ...fakeClock(), env };
    const [finding] = await examine(layoutAt(path), system);
    assertEquals(finding?.mend, mend(path));
  });
}

Deno.test("repair() leaves a stashed login whose owner is unknown", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(9));
  await managerOf(folder).repair();
  assertEquals(await folder.stash(), [refreshed(9)]);
});

for (const place of ["stash", "generations"] as const) {
  Deno.test(`examine() finds a login in the ${place} that is open to others`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    await managerOf(folder).switchTo(1);
    await stashed(folder, refreshed(9));
    const directory = folder.layout[place];
    const [name] = await namesIn(directory);
    await Deno.chmod(`${directory}/${name}`, 0o644);
    const problems = (await findingsIn(folder)).map((it) => it.problem);
    assert(
      problems.includes(`${directory}/${name} is open to others (0644)`),
      problems.join("\n"),
    );
  });
}

if (Deno.uid() === 0) {
  Deno.test("examine() finds files of another user", async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const slot = slotPath(folder.layout, 2);
    await Deno.chown(slot, 1000, 1000);
    assertEquals(await findingsIn(folder), [{
      check: "modes",
      problem: `${slot} belongs to user 1000`,
      mend: `mv ${slot} ${slot}.away`,
    }]);
  });
}

Deno.test("examine() rejects when the folder cannot be read", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await Deno.remove(folder.path, { recursive: true });
  await Deno.writeTextFile(folder.path, "");
  await assertFails(() => findingsIn(folder), "unsafe-file");
});
