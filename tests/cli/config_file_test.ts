import { assertEquals, assertRejects } from "@std/assert";
import { parseConfig } from "../../lib/cli/config.ts";
import { changeConfigText, withEntry } from "../../lib/cli/config_file.ts";
import { configPath } from "../../lib/cli/setting_flags.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { UnsafeFileError } from "../../lib/errors.ts";
import { tempDir } from "../support/temp_dir.ts";

const PATH = "/x/account-qwen.yaml";

const FILE = `\
# my settings

strategy: sticky # the same account while it lasts

# a long run is a mistake
timeout: 2m
quota_patterns:
- 'no tokens' # as my proxy says it
- "429"
`;

type Value = string | number | string[] | undefined;

const CHANGES: Record<string, [string, string, Value, string]> = {
  "a value is replaced": [
    FILE,
    "strategy",
    "fill-first",
    FILE.replace("sticky", "fill-first"),
  ],
  "an entry is added at the end": [
    FILE,
    "max_retries",
    3,
    `${FILE}max_retries: 3\n`,
  ],
  "an entry is removed with the comment that it has": [
    FILE,
    "timeout",
    undefined,
    FILE.replace(/\n# a long run.*\ntimeout: 2m\n/, ""),
  ],
  "an entry to remove is not there": [
    "mode:   link\n",
    "timeout",
    undefined,
    "mode:   link\n",
  ],
  "there is no file": ["", "strategy", "sticky", "strategy: sticky\n"],
  "there are only comments": ["# mine\n", "bin", "q", "# mine\n\nbin: q\n"],
  "the last entry is removed": [
    "# mine\n\nbin: q\n",
    "bin",
    undefined,
    "# mine\n\n",
  ],
  "the mapping is in brackets": [
    "{ bin: q }\n",
    "mode",
    "link",
    "{ bin: q, mode: link }\n",
  ],
  "the lines end as on Windows": [
    "# x\r\nbin: q\r\n",
    "mode",
    "link",
    "# x\r\nbin: q\r\nmode: link\r\n",
  ],
  "a text looks like a number": ["", "bin", "123", 'bin: "123"\n'],
  "a text looks like YAML": ["", "bin", "a: b # c", 'bin: "a: b # c"\n'],
  "a text is long": [
    "",
    "bin",
    "a ".repeat(80) + "b",
    `bin: ${"a ".repeat(80)}b\n`,
  ],
  "a value is a list": [
    "bin: q\n",
    "quota_patterns",
    ["a", "429"],
    'bin: q\nquota_patterns:\n  - a\n  - "429"\n',
  ],
};

for (const [when, [text, key, value, expected]] of Object.entries(CHANGES)) {
  Deno.test(`withEntry() keeps the rest as it is when ${when}`, async () => {
    const changed = await withEntry(text, { path: PATH, key, value });
    assertEquals(changed, expected);
    const names = [...parseConfig(changed, PATH).keys()];
    const name = key.replaceAll("_", "-").replace(/patterns/, "pattern");
    assertEquals(names.some((it) => it === name), value !== undefined);
  });
}

const REFUSED: Record<string, [string, string]> = {
  "it is no YAML": ["a: [1\n", "line 2, column 1: "],
  "it has a key twice": ["bin: a\nbin: b\n", "line 2, column 1: Map keys must"],
  "it holds several documents": ["bin: a\n---\nbin: b\n", "line 2, column 1: "],
  "it is a list": ["- a\n", "the file is not a mapping"],
  "it is a text": ["root:x:0:0\n", "the file is not a mapping"],
};

for (const [when, [text, problem]] of Object.entries(REFUSED)) {
  Deno.test(`withEntry() refuses a text when ${when}`, async () => {
    const options = { path: PATH, key: "bin", value: "q" };
    const { message, hint } = await assertRejects(
      () => withEntry(text, options),
      UsageError,
    );
    assertEquals(
      message.startsWith(`Cannot change "${PATH}": ${problem}`),
      true,
      message,
    );
    assertEquals(hint, "account-qwen config edit");
  });
}

Deno.test("changeConfigText() makes folder and file for nobody else", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await changeConfigText(dir, (text) => `${text}bin: q\n`);
  assertEquals(await Deno.readTextFile(configPath(dir)), "bin: q\n");
  assertEquals(await modeOf(dir), 0o700);
  assertEquals(await modeOf(configPath(dir)), 0o600);
});

Deno.test("changeConfigText() closes a file that is open to others", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(configPath(dir.path), "bin: q\n");
  await Deno.chmod(configPath(dir.path), 0o644);
  await changeConfigText(dir.path, (text) => `${text}mode: link\n`);
  assertEquals(await modeOf(configPath(dir.path)), 0o600);
});

Deno.test("changeConfigText() changes the file that a link leads to", async () => {
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

Deno.test("changeConfigText() loses no change of several at once", async () => {
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
  "a link that leads nowhere": (path) => Deno.symlink("gone", path),
  "a folder": (path) => Deno.mkdir(path),
  "a FIFO": (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
  "larger than 1 MiB": (path) =>
    Deno.writeTextFile(path, "#".repeat(1024 * 1024 + 1)),
  "no text": (path) => Deno.writeFile(path, new Uint8Array([0xff, 0xfe])),
};

for (const [what, make] of Object.entries(UNSAFE)) {
  Deno.test(`changeConfigText() refuses what is ${what}`, async () => {
    await using dir = await tempDir();
    await make(configPath(dir.path));
    const change = () => changeConfigText(dir.path, () => "bin: q\n");
    await assertRejects(change, UnsafeFileError);
  });
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}
