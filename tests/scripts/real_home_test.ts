import { assertEquals } from "@std/assert";
import { changedPaths, describeTree } from "../../scripts/real_home.ts";
import { tempDir } from "../support/temp_dir.ts";

const CHANGES: Record<string, (folder: string) => Promise<void>> = {
  "a new file": (folder) => Deno.writeTextFile(`${folder}/new`, "new"),
  "a removed file": (folder) => Deno.remove(`${folder}/accounts/1`),
  "a rewritten file": (folder) =>
    Deno.writeTextFile(`${folder}/accounts/1`, "three"),
  "a file replaced by an equal one": async (folder) => {
    await Deno.copyFile(`${folder}/accounts/1`, `${folder}/copy`);
    await Deno.rename(`${folder}/copy`, `${folder}/accounts/1`);
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  Deno.test(`changedPaths() sees ${name}`, async () => {
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/accounts`);
    await Deno.writeTextFile(`${dir.path}/accounts/1`, "one");
    const before = await describeTree(dir.path);
    assertEquals(changedPaths(before, await describeTree(dir.path)), []);
    await change(dir.path);
    const changed = changedPaths(before, await describeTree(dir.path));
    assertEquals(changed.length > 0, true);
  });
}

Deno.test("describeTree() is empty when there is no folder", async () => {
  await using dir = await tempDir();
  assertEquals(await describeTree(`${dir.path}/none`), []);
});
