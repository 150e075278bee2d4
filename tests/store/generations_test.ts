import { assertEquals } from "@std/assert";
import {
  keepGeneration,
  listGenerations,
} from "../../lib/store/generations.ts";
import {
  type AccountFolder,
  accountFolder,
  modeOf,
  NOW,
} from "../support/account_folder.ts";

Deno.test("keepGeneration() moves the file and hides it from others", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await keep(folder, 1, "old", NOW);
  const [path = "", ...others] = await listGenerations(layout, 1);
  assertEquals(others, []);
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(await modeOf(path), "0600");
  assertEquals(await modeOf(layout.generations), "0700");
  assertEquals(await exists(`${layout.accounts}/temporary`), false);
});

Deno.test("keepGeneration() keeps the five newest", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (let time = 1; time <= 8; time++) {
    await keep(folder, 1, `content ${time}`, NOW + time);
  }
  const kept = [8, 7, 6, 5, 4].map((it) => `content ${it}`);
  assertEquals(await contents(folder, 1), kept);
});

Deno.test("keepGeneration() keeps none twice when it is the newest already", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await keep(folder, 1, "first", NOW);
  await keep(folder, 1, "second", NOW + 1);
  await keep(folder, 1, "second", NOW + 2);
  assertEquals(await contents(folder, 1), ["second", "first"]);
  const temporary = `${folder.layout.accounts}/temporary`;
  assertEquals(await exists(temporary), false);
});

Deno.test("keepGeneration() keeps a content that comes back", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await keep(folder, 1, "first", NOW);
  await keep(folder, 1, "second", NOW + 1);
  await keep(folder, 1, "first", NOW + 2);
  assertEquals(await contents(folder, 1), ["first", "second", "first"]);
});

Deno.test("keepGeneration() keeps each of several at the same moment", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (const content of ["a", "b", "c"]) await keep(folder, 1, content, NOW);
  assertEquals((await contents(folder, 1)).sort(), ["a", "b", "c"]);
});

Deno.test("keepGeneration() keeps the newest content when the clock was set back", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  for (let time = 1; time <= 5; time++) {
    await keep(folder, 1, `content ${time}`, NOW + time);
  }
  await keep(folder, 1, "content 6", NOW - 3_600_000);
  await keep(folder, 1, "content 7", NOW - 3_500_000);
  const kept = await contents(folder, 1);
  assertEquals(kept.length, 5);
  assertEquals(kept.includes("content 6"), true);
  assertEquals(kept.includes("content 7"), true);
});

Deno.test("listGenerations() tells accounts with like numbers apart", async () => {
  await using folder = await accountFolder({ accounts: [1, 10] });
  await keep(folder, 1, "of 1", NOW);
  await keep(folder, 10, "of 10", NOW);
  assertEquals(await contents(folder, 1), ["of 1"]);
  assertEquals(await contents(folder, 10), ["of 10"]);
});

Deno.test("listGenerations() finds none when none was kept", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  assertEquals(await listGenerations(folder.layout, 1), []);
});

async function keep(
  { layout }: AccountFolder,
  index: number,
  content: string,
  now: number,
): Promise<void> {
  const path = `${layout.accounts}/temporary`;
  await Deno.writeTextFile(path, content);
  await Deno.chmod(path, 0o644);
  await keepGeneration(layout, index, path, now);
}

/** The kept contents, newest first. */
async function contents(
  { layout }: AccountFolder,
  index: number,
): Promise<string[]> {
  const paths = await listGenerations(layout, index);
  return await Promise.all(paths.map((it) => Deno.readTextFile(it)));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
