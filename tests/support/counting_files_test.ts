import { assertEquals, assertRejects } from "@std/assert";
import { countingFiles } from "./counting_files.ts";
import { errorCode, runtime } from "../../lib/system/mod.ts";
import { withLock } from "../../lib/disk/lock.ts";
import { tempDir } from "./temp_dir.ts";

const CONTENT = new TextEncoder().encode("0123456789");

Deno.test("countingFiles() counts steps that change something, and three for create()", async () => {
  await using dir = await tempDir();
  const files = countingFiles(runtime.files);
  await files.create(`${dir.path}/a`, CONTENT, 0o600);
  await files.read(`${dir.path}/a`, 100);
  await files.rename(`${dir.path}/a`, `${dir.path}/b`);
  assertEquals(files.steps, 4);
});

for (const [failAt, size] of [[1, undefined], [2, 0], [3, 5]] as const) {
  Deno.test(`countingFiles() leaves ${size} bytes of create() at step ${failAt}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/a`;
    const files = countingFiles(runtime.files, { failAt, fault: "ENOSPC" });
    const error = await assertRejects(() => files.create(path, CONTENT, 0o600));
    assertEquals(errorCode(error), "ENOSPC");
    assertEquals((await runtime.files.info(path))?.size, size);
  });
}

Deno.test("countingFiles() fails only calls that need space while a disk is full", async () => {
  await using dir = await tempDir();
  await runtime.files.create(`${dir.path}/a`, CONTENT, 0o600);
  const options = { failAt: 1, fault: "ENOSPC", lasting: true } as const;
  const files = countingFiles(runtime.files, options);
  await assertRejects(() => files.link("a", `${dir.path}/b`));
  await assertRejects(() => files.link("a", `${dir.path}/b`));
  assertEquals(await files.remove(`${dir.path}/a`), true);
});

Deno.test("countingFiles() releases its locks when it halts", async () => {
  await using dir = await tempDir();
  const lock = `${dir.path}/lock`;
  const files = countingFiles(runtime.files, { failAt: 2, fault: "halt" });
  await files.tryLock(lock, 0o600);
  const stopped = files.remove(`${dir.path}/a`).then(() => "went on");
  assertEquals(await Promise.race([stopped, files.halted]), undefined);
  // A child of another test holds a copy of the lock until its exec.
  const options = { timeoutMs: 60_000 };
  await withLock(lock, () => Promise.resolve(), options);
});

Deno.test("countingFiles() tells whether its last step has changed nothing", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a`;
  const files = countingFiles(runtime.files);
  const told: boolean[] = [];
  const steps: (() => Promise<unknown>)[] = [
    () => files.create(path, CONTENT, 0o600),
    () => files.syncFile(path),
    () => files.chmod(path, 0o640),
    () => files.syncFolder(dir.path),
    () => files.remove(path),
    () => files.remove(path),
  ];
  for (const step of steps) {
    await step();
    told.push(files.isSameAsBefore);
  }
  assertEquals(told, [false, true, false, true, false, true]);
});

Deno.test("countingFiles() kills its process before the step", async () => {
  await using dir = await tempDir();
  const program = `
    import { countingFiles } from "${SUPPORT}/counting_files.ts";
    import { runtime } from "${LIB}/system/mod.ts";
    const files = countingFiles(runtime.files, { failAt: 3 });
    await files.create("${dir.path}/a", new Uint8Array(8), 0o600);
    console.log("went on");`;
  const { signal, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
  }).output();
  assertEquals(signal, "SIGKILL");
  assertEquals(stdout.length, 0);
  assertEquals((await runtime.files.info(`${dir.path}/a`))?.size, 4);
});

const LIB = new URL("../../lib", import.meta.url).href;
const SUPPORT = new URL(".", import.meta.url).href.replace(/\/$/, "");
