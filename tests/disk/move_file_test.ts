import { assertEquals, assertRejects } from "@std/assert";
import { countingFiles } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { moveFile } from "../../lib/disk/files.ts";
import { replaceFiles } from "../support/files.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

/** Two folders that are on different file systems. */
interface Folders extends AsyncDisposable {
  here: string;
  there: string;
}

async function twoFolders(): Promise<Folders> {
  const dir: TempDir = await tempDir();
  const here = `${dir.path}/here`;
  const there = `${dir.path}/there`;
  await Deno.mkdir(here);
  await Deno.mkdir(there);
  const files = replaceFiles((real) => countingFiles(real, { volume: there }));
  return {
    here,
    there,
    async [Symbol.asyncDispose]() {
      files[Symbol.dispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test("moveFile() copies to another file system and removes the original", async () => {
  await using folders = await twoFolders();
  const { here, there } = folders;
  await Deno.writeTextFile(`${here}/a`, "content");
  await moveFile(`${here}/a`, `${there}/b`);
  assertEquals(await runtime.files.list(here), []);
  assertEquals(await runtime.files.list(there), ["b"]);
  assertEquals(await Deno.readTextFile(`${there}/b`), "content");
});

Deno.test("moveFile() keeps the original if somebody wrote to it meanwhile", async () => {
  await using folders = await twoFolders();
  const { here, there } = folders;
  await Deno.writeTextFile(`${here}/a`, "old");
  using _ = replaceFiles((real) => ({
    async syncFolder(path) {
      await real.syncFolder(path);
      await Deno.writeTextFile(`${here}/a`, "newer");
    },
  }));
  await moveFile(`${here}/a`, `${there}/b`);
  assertEquals(await Deno.readTextFile(`${here}/a`), "newer");
  assertEquals(await Deno.readTextFile(`${there}/b`), "old");
});

Deno.test("moveFile() does not remove a slot that the agent has replaced meanwhile", async () => {
  await using folders = await twoFolders();
  const { here, there } = folders;
  const slot = `${here}/oauth_creds_1.json`;
  await Deno.writeTextFile(slot, "old");
  using _ = replaceFiles((real) => ({
    async syncFolder(path) {
      await real.syncFolder(path);
      await Deno.writeTextFile(slot, "of the CLI");
    },
  }));
  await moveFile(slot, `${there}/b`);
  assertEquals(await runtime.files.list(here), ["oauth_creds_1.json"]);
  assertEquals(await Deno.readTextFile(slot), "of the CLI");
  assertEquals(await Deno.readTextFile(`${there}/b`), "old");
});

Deno.test("moveFile() leaves no partial copy when the disk is full", async () => {
  await using folders = await twoFolders();
  const { here, there } = folders;
  await Deno.writeTextFile(`${here}/a`, "content");
  using _ = replaceFiles((real) =>
    countingFiles(real, { failAt: 4, fault: "ENOSPC" })
  );
  await assertRejects(() => moveFile(`${here}/a`, `${there}/b`), "ENOSPC");
  assertEquals(await runtime.files.list(there), []);
  assertEquals(await runtime.files.list(here), ["a"]);
});
