import { assertEquals } from "@std/assert";
import { listStash, stashFile } from "../../lib/store/stash.ts";
import { accountFolder, modeOf, NOW } from "../support/account_folder.ts";

Deno.test("stashFile() moves the file and hides it from others", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await Deno.writeTextFile(layout.live, "whose?");
  await Deno.chmod(layout.live, 0o644);
  const path = await stashFile(layout, layout.live, { now: NOW });
  assertEquals(await listStash(layout), [path]);
  assertEquals(await Deno.readTextFile(path), "whose?");
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(layout.stash), "0700");
  await Deno.writeTextFile(layout.live, "the name is free");
});

Deno.test("stashFile() keeps each of several at the same moment", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  for (const content of ["a", "b", "a"]) {
    await Deno.writeTextFile(layout.live, content);
    await stashFile(layout, layout.live, { now: NOW });
  }
  const kept = (await listStash(layout)).map((it) => Deno.readTextFile(it));
  assertEquals((await Promise.all(kept)).sort(), ["a", "a", "b"]);
});

Deno.test("listStash() begins with the oldest", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  const paths: string[] = [];
  for (const now of [NOW, NOW + 1, NOW + 86_400_000]) {
    await Deno.writeTextFile(layout.live, "whose?");
    paths.push(await stashFile(layout, layout.live, { now }));
  }
  assertEquals(await listStash(layout), paths);
});

Deno.test("listStash() finds nothing when there is no stash", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await listStash(folder.layout), []);
});
