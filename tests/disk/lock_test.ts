import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { withLock } from "../../lib/disk/lock.ts";
import { modeOf } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { replaceFiles } from "../support/files.ts";
import {
  LOCK_PROGRAMS,
  needsOf,
  startLockProgram,
} from "../support/lock_programs.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { signalFor } from "../support/deadline.ts";
import { assertFails } from "../support/assert_fails.ts";

const pythonTest = await testWith("python3");

const PROGRAMS = Object.keys(LOCK_PROGRAMS) as (keyof typeof LOCK_PROGRAMS)[];

const NO_WAIT = { timeoutMs: 0 };

Deno.test("withLock() returns what the action returns", async () => {
  await using dir = await tempDir();
  assertEquals(await withLock(`${dir.path}/lock`, async () => await 42), 42);
  assertEquals(await modeOf(`${dir.path}/lock`), "0600");
});

Deno.test("withLock() runs one action at a time", async () => {
  await using dir = await tempDir();
  let running = 0;
  let most = 0;
  const action = async () => {
    most = Math.max(most, ++running);
    await Deno.stat(dir.path);
    running--;
  };
  const callers = Array.from(
    { length: 10 },
    () => withLock(`${dir.path}/lock`, action),
  );
  await Promise.all(callers);
  assertEquals(most, 1);
});

Deno.test("withLock() frees the lock when the action throws", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  const failing = () => Promise.reject(new RangeError("a defect"));
  await assertRejects(() => withLock(path, failing), RangeError, "a defect");
  await withLock(path, () => Promise.resolve(), NO_WAIT);
});

if (Deno.build.os === "linux") {
  Deno.test("withLock() frees the lock when a child has a copy of the open file", async () => {
    await using dir = await tempDir();
    const path = await Deno.realPath(dir.path) + "/lock";
    const libc = Deno.dlopen("libc.so.6", {
      dup: { parameters: ["i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
    const copy = await withLock(path, async () => {
      const open = (await Array.fromAsync(Deno.readDir("/proc/self/fd")))
        .find((it) => linkOf(`/proc/self/fd/${it.name}`) === path);
      return libc.symbols.dup(Number(open?.name));
    });
    assert(copy > 0);
    await withLock(path, () => Promise.resolve(), NO_WAIT);
    libc.symbols.close(copy);
    libc.close();
  });
}

Deno.test("withLock() does not change the lock file", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  await Deno.writeTextFile(path, "note", { mode: 0o600 });
  const { ino, mtime } = await Deno.stat(path);
  for (let time = 0; time < 3; time++) {
    await withLock(path, () => Promise.resolve());
  }
  const after = await Deno.stat(path);
  assertEquals([after.ino, after.mtime], [ino, mtime]);
  assertEquals(await Deno.readTextFile(path), "note");
});

for (const name of PROGRAMS) {
  const test = await testWith(...needsOf(name));

  test(`withLock() waits for ${name} that holds the lock`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/lock`;
    const holder = await startLockProgram(name, path);
    assert(holder.locked);
    let isFree = false;
    using tries = countTries();
    const waiter = withLock(path, () => Promise.resolve(isFree));
    await Promise.race([tries.second, waiter]);
    isFree = true;
    await holder[Symbol.asyncDispose]();
    assertEquals(await waiter, true);
  });

  test(`withLock() excludes ${name}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/lock`;
    await withLock(path, async () => {
      await using other = await startLockProgram(name, path);
      assertEquals(other.locked, false);
    });
    await using other = await startLockProgram(name, path);
    assertEquals(other.locked, true);
  });

  test(`withLock() gets the lock when ${name} was killed while holding it`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/lock`;
    await using holder = await startLockProgram(name, path);
    assert(holder.locked);
    await holder.kill();
    assertEquals(await withLock(path, async () => await 42, NO_WAIT), 42);
  });

  if (Deno.build.os === "linux") {
    test(`withLock() names ${name} when it holds the lock for too long`, async () => {
      await using dir = await tempDir();
      const path = `${dir.path}/lock`;
      await using holder = await startLockProgram(name, path);
      const error = await assertFails(
        () => withLock(path, () => Promise.resolve(), NO_WAIT),
        "locked",
      );
      const program = await commandOf(holder.pid);
      const message = `Cannot lock "${path}" within `;
      assertStringIncludes(error.message, message);
      const who = `process ${holder.pid} (${program}) holds it`;
      assertStringIncludes(error.message, who);
      assertEquals(
        error.message,
        `Cannot lock "${path}" within 0 ms: ` +
          `process ${holder.pid} (${program}) holds it`,
      );
    });
  }
}

Deno.test("withLock() names no process when the system does not list the holder", async () => {
  await using dir = await tempDir();
  using _ = replaceFiles(() => ({
    tryLock: () => Promise.resolve(undefined),
    lockHolder: () => Promise.resolve(undefined),
  }));
  await assertFails(
    () => withLock(`${dir.path}/lock`, () => Promise.resolve(), NO_WAIT),
    "locked",
    "another process holds it",
  );
});

Deno.test("withLock() waits until the deadline and no longer", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  const system = fakeClock(0);
  await withLock(path, async () => {
    await assertFails(
      () => withLock(path, () => Promise.resolve(), { timeoutMs: 500, system }),
      "locked",
      "within 500 ms",
    );
  });
  assert(system.now() >= 500);
  assert(system.now() - Math.max(...system.sleeps) < 500);
});

Deno.test("withLock() waits 30 s by default", async () => {
  await using dir = await tempDir();
  using _ = replaceFiles(() => ({ tryLock: () => Promise.resolve(undefined) }));
  const system = fakeClock(0);
  await assertFails(
    () => withLock(`${dir.path}/lock`, () => Promise.resolve(), { system }),
    "locked",
    "within 30000 ms",
  );
  assert(system.now() >= 30_000);
});

pythonTest(
  "withLock() gets a lock that is free at the deadline",
  async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/lock`;
    const holder = await startLockProgram("python3", path);
    let now = 0;
    const system = {
      elapsed: () => now,
      async sleep() {
        await holder[Symbol.asyncDispose]();
        now = 1;
      },
    };
    const options = { timeoutMs: 1, system };
    assertEquals(await withLock(path, async () => await 42, options), 42);
    assertEquals(now, 1);
  },
);

if (Deno.build.os === "linux") {
  pythonTest(
    "withLock() waits for longer than its time while the lock passes from one process to another",
    async () => {
      await using dir = await tempDir();
      const path = `${dir.path}/lock`;
      let holder = await startLockProgram("python3", path);
      let now = 0;
      const system = {
        elapsed: () => now,
        async sleep() {
          now += 250;
          if (now % 750 !== 0) return;
          await holder[Symbol.asyncDispose]();
          if (now === 3_000) return;
          holder = await startLockProgram("python3", path);
          assert(holder.locked);
        },
      };
      const options = { timeoutMs: 1_000, system };
      assertEquals(await withLock(path, async () => await 42, options), 42);
      assertEquals(now, 3_000);
    },
  );
}

for (
  const [how, holders, within] of [
    ["ten times its time while the lock moves", () => Math.random(), 10_000],
    ["its time when one process holds it", () => 42, 1_000],
    ["its time when the system does not tell", () => undefined, 1_000],
  ] as const
) {
  Deno.test(`withLock() waits for ${how}, and no longer`, async () => {
    await using dir = await tempDir();
    using _ = replaceFiles(() => ({
      tryLock: () => Promise.resolve(undefined),
      lockHolder() {
        const pid = holders();
        const holder = pid === undefined
          ? undefined
          : { pid, program: undefined };
        return Promise.resolve(holder);
      },
    }));
    const system = fakeClock(0);
    await assertFails(
      () =>
        withLock(`${dir.path}/lock`, () => Promise.resolve(), {
          timeoutMs: 1_000,
          system,
        }),
      "locked",
      `within ${within} ms`,
    );
    assert(system.now() >= within);
    assert(system.now() < within + 100, `${system.now()} ms`);
  });
}

/** Returns a promise that resolves at the second attempt to get the lock. */
function countTries() {
  const second = signalFor("a second attempt");
  let count = 0;
  const replaced = replaceFiles((real) => ({
    tryLock(path, mode) {
      if (++count === 2) second.resolve();
      return real.tryLock(path, mode);
    },
  }));
  return {
    get second() {
      return second.promise;
    },
    [Symbol.dispose]: () => replaced[Symbol.dispose](),
  };
}

async function commandOf(pid: number): Promise<string> {
  return (await Deno.readTextFile(`/proc/${pid}/comm`)).trim();
}

function linkOf(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined; // another test has closed it
  }
}

Deno.test("withLock() lets the callers of one process take turns in their order, without trying", async () => {
  await using dir = await tempDir();
  let tries = 0;
  using _files = replaceFiles((real) => ({
    ...real,
    tryLock(path, mode) {
      tries++;
      return real.tryLock(path, mode);
    },
  }));
  const order: number[] = [];
  const callers = Array.from(
    { length: 20 },
    (_, at) =>
      withLock(`${dir.path}/lock`, async () => {
        order.push(at);
        await Deno.stat(dir.path);
        if (at % 3 === 0) throw new Error("the next one has its turn anyway");
      }).catch(() => {}),
  );
  await Promise.all(callers);
  assertEquals(order, [...order.keys()]);
  assertEquals([order.length, tries], [20, 20]);
});

Deno.test("withLock() does not wait for a caller of the same process after the deadline, nor hold up the next one", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/lock`;
  const holding = signalFor("the lock");
  const go = signalFor("the end of the first action");
  const first = withLock(path, async () => {
    holding.resolve();
    await go.promise;
  });
  await holding.promise;
  await assertFails(() => withLock(path, async () => {}, NO_WAIT), "locked");
  const third = withLock(path, async () => await 3);
  go.resolve();
  await first;
  assertEquals(await third, 3);
});
