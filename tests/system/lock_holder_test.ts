import { assertEquals } from "@std/assert";
import {
  findLockHolder,
  parseLockHolder,
} from "../../lib/system/lock_holder.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { runtime } from "../../lib/system/mod.ts";
import { startLockProgram } from "../support/lock_programs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("flock");

const HELD = "1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF\n";

const LISTS = {
  "the file is not locked": ["", undefined],
  "one process holds it": [HELD, 4242],
  "another process waits for it": [
    `${HELD}1: -> FLOCK  ADVISORY  WRITE 4343 08:01:1234 0 EOF\n`,
    4242,
  ],
  "other files are locked too": [
    `1: FLOCK  ADVISORY  WRITE 4141 08:01:12345 0 EOF\n2${HELD.slice(1)}`,
    4242,
  ],
  "a byte range of it is locked too": [
    `1: POSIX  ADVISORY  WRITE 4141 08:01:1234 0 EOF\n2${HELD.slice(1)}`,
    4242,
  ],
  "the holder lives in another process namespace": [
    HELD.replace("4242", "0"),
    undefined,
  ],
  "another file with that inode number on another device is locked too": [
    `1: FLOCK  ADVISORY  WRITE 4141 08:02:1234 0 EOF\n2${HELD.slice(1)}`,
    4242,
  ],
  "the list shows another device than stat(2)": [
    HELD.replace("08:01", "00:2f"),
    4242,
  ],
} as const;

for (const [when, [list, pid]] of Object.entries(LISTS)) {
  Deno.test(`parseLockHolder() returns ${pid ?? "nobody"} when ${when}`, () => {
    const file = { device: 0x801, inode: 1234 };
    assertEquals(parseLockHolder(list, file, () => true), pid);
  });
}

/** Who has `/lock` open, if the process lets us see its files. */
const OPENED: Record<string, [Kernel["namesIn"], number | undefined]> = {
  "has it open": [() => ["0", "5"], 4242],
  "has another file of that number open": [() => ["0"], undefined],
  "does not let us see its files": [
    () => {
      throw new Error("EACCES");
    },
    4242,
  ],
};

for (const [what, [namesIn, pid]] of Object.entries(OPENED)) {
  Deno.test(`findLockHolder() returns ${pid ?? "nobody"} when the list shows another device and the process ${what}`, () => {
    const [file, other] = [0x801, 0x802].map((device) => ({
      device,
      inode: 1234,
      uid: 0,
      gid: 0,
    }));
    const kernel: Kernel = {
      pid: 1,
      uid: 0,
      readText: (path) =>
        path === "/proc/locks" ? HELD.replace("08:01", "00:2f") : undefined,
      readLink: () => undefined,
      namesIn,
      stat: (path) =>
        ["/lock", "/proc/4242/fd/5"].includes(path) ? file : other,
      signal: () => "sent",
    };
    assertEquals(findLockHolder("/lock", kernel)?.pid, pid);
  });
}

Deno.test("parseLockHolder() supports large device numbers", () => {
  const other = "1: FLOCK  ADVISORY  WRITE 4141 103:00005:1234 0 EOF\n";
  const list = `${other}2: FLOCK  ADVISORY  WRITE 4242 103:12345:1234 0 EOF\n`;
  const device = Number(0x103n << 8n | 0x45n | 0x123n << 20n);
  assertEquals(
    parseLockHolder(list, { device, inode: 1234 }, () => true),
    4242,
  );
});

if (Deno.build.os === "linux") {
  test("files.lockHolder() names the process and its program", async () => {
    await using dir = await tempDir();
    await using holder = await startLockProgram("flock", `${dir.path}/lock`);
    const find = () => runtime.files.lockHolder(`${dir.path}/lock`);
    let found = await find();
    // The list may omit lines while others lock and unlock.
    for (let tries = 1; tries < 100 && !found; tries++) found = await find();
    assertEquals(found, { pid: holder.pid, program: "flock" });
  });
}

Deno.test("files.lockHolder() names nobody when nobody holds a lock", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/lock`, "");
  assertEquals(await runtime.files.lockHolder(`${dir.path}/lock`), undefined);
});

Deno.test("files.lockHolder() names nobody when the file is missing", async () => {
  await using dir = await tempDir();
  assertEquals(await runtime.files.lockHolder(`${dir.path}/lock`), undefined);
});
