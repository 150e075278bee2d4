import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAtomic } from "../../lib/disk/files.ts";
import { modeOf, namesIn, text } from "../support/account_folder.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { tempDir } from "../support/temp_dir.ts";

const OLD = new TextEncoder().encode("old");
const NEW = new TextEncoder().encode("new content");

Deno.test("writeAtomic() replaces the content", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, OLD);
  await writeAtomic(`${dir.path}/file`, NEW);
  assertEquals(await Deno.readFile(`${dir.path}/file`), NEW);
  assertEquals(await namesIn(dir.path), ["file"]);
});

Deno.test("writeAtomic() gives a loose file mode 0600", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, OLD, { mode: 0o644 });
  await writeAtomic(`${dir.path}/file`, NEW);
  assertEquals(await modeOf(`${dir.path}/file`), "0600");
});

Deno.test("writeAtomic() replaces a link and does not follow it", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/target`, OLD);
  await Deno.symlink("target", `${dir.path}/file`);
  await writeAtomic(`${dir.path}/file`, NEW);
  assert((await Deno.lstat(`${dir.path}/file`)).isFile);
  assertEquals(await Deno.readFile(`${dir.path}/target`), OLD);
});

Deno.test("writeAtomic() leaves nothing behind when the target is a folder", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/file`);
  await assertRejects(() => writeAtomic(`${dir.path}/file`, NEW), Error);
  assertEquals(await namesIn(dir.path), ["file"]);
});

Deno.test("writeAtomic() keeps the old content when the disk is full", async () => {
  await using dir = await tempDir();
  await Deno.writeFile(`${dir.path}/file`, OLD);
  using _ = failing("create");
  const write = () => writeAtomic(`${dir.path}/file`, NEW);
  await assertRejects(write, Error, "No space left");
  assertEquals(await Deno.readFile(`${dir.path}/file`), OLD);
});

Deno.test("writeAtomic() rejects when the folder is missing", async () => {
  await using dir = await tempDir();
  const write = () => writeAtomic(`${dir.path}/missing/file`, NEW);
  await assertRejects(write, Deno.errors.NotFound);
});

Deno.test("writeAtomic() flushes the content to the disk before the rename", async () => {
  await using dir = await tempDir();
  const steps: string[] = [];
  using _ = replaceFiles((real) => ({
    async create(path, bytes, mode) {
      await real.create(path, bytes, mode);
      steps.push("create and sync");
    },
    async rename(from, to) {
      assertEquals(await Deno.readFile(from), NEW);
      await real.rename(from, to);
      steps.push("rename");
    },
    async syncFolder(path) {
      assertEquals(path, dir.path);
      await real.syncFolder(path);
      steps.push("sync the folder");
    },
  }));
  await writeAtomic(`${dir.path}/file`, NEW);
  assertEquals(steps, ["create and sync", "rename", "sync the folder"]);
});

Deno.test("writeAtomic() never shows partial content to a reader", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  const contents = ["a".repeat(100_000), "b".repeat(200_000)];
  await writeAtomic(path, new TextEncoder().encode(contents[0]));
  let isWriting = true;
  const writer = (async () => {
    for (let time = 0; time < 100; time++) {
      const content = contents[time % contents.length];
      await writeAtomic(path, new TextEncoder().encode(content));
    }
  })().finally(() => isWriting = false);
  const seen = new Set<string>();
  while (isWriting) seen.add(text(await Deno.readFile(path)));
  await writer;
  assertEquals([...seen].sort(), contents);
});
