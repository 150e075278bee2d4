import { assertEquals } from "@std/assert";
import { changeConfigText } from "../../lib/cli/settings/config_file.ts";
import { configPath } from "../../lib/settings.ts";
import { tempDir } from "../support/temp_dir.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("changeConfigText() creates a private folder and file", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await changeConfigText(dir, (text) => `${text}bin: q\n`);
  assertEquals(await Deno.readTextFile(configPath(dir)), "bin: q\n");
  assertEquals(await modeOf(dir), 0o700);
  assertEquals(await modeOf(configPath(dir)), 0o600);
});

Deno.test("changeConfigText() makes a file private that is open to others", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(configPath(dir.path), "bin: q\n");
  await Deno.chmod(configPath(dir.path), 0o644);
  await changeConfigText(dir.path, (text) => `${text}mode: link\n`);
  assertEquals(await modeOf(configPath(dir.path)), 0o600);
});

Deno.test("changeConfigText() changes the target of a link", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/dotfiles`);
  await Deno.writeTextFile(`${dir.path}/dotfiles/settings`, "bin: q\n");
  await Deno.symlink("dotfiles/settings", configPath(dir.path));
  await changeConfigText(dir.path, () => "bin: r\n");
  const link = await Deno.readLink(configPath(dir.path));
  const text = await Deno.readTextFile(`${dir.path}/dotfiles/settings`);
  assertEquals([link, text], ["dotfiles/settings", "bin: r\n"]);
});

Deno.test("changeConfigText() writes nothing when nothing changes", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(configPath(dir.path), "bin: q\n");
  const before = await Deno.stat(configPath(dir.path));
  await changeConfigText(dir.path, (text) => text);
  const { ino } = await Deno.stat(configPath(dir.path));
  assertEquals(ino, before.ino);
});

Deno.test("changeConfigText() loses none of several changes at once", async () => {
  await using dir = await tempDir();
  const names = [..."abcdefgh"];
  await Promise.all(
    names.map((name) =>
      changeConfigText(dir.path, async (text) => {
        await Promise.resolve();
        return `${text}${name}\n`;
      })
    ),
  );
  const text = await Deno.readTextFile(configPath(dir.path));
  assertEquals(text.trim().split("\n").toSorted(), names);
});

const UNSAFE: Record<string, (path: string) => Promise<unknown>> = {
  "a broken link": (path) => Deno.symlink("gone", path),
  "a folder": (path) => Deno.mkdir(path),
  "a FIFO": (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
  "larger than 1 MiB": (path) =>
    Deno.writeTextFile(path, "#".repeat(1024 * 1024 + 1)),
  "no text": (path) => Deno.writeFile(path, new Uint8Array([0xff, 0xfe])),
};

for (const [what, make] of Object.entries(UNSAFE)) {
  Deno.test(`changeConfigText() refuses a file that is ${what}`, async () => {
    await using dir = await tempDir();
    await make(configPath(dir.path));
    const change = () => changeConfigText(dir.path, () => "bin: q\n");
    await assertFails(change, "unsafe-file");
  });
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}
