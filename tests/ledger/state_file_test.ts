import { assertEquals, assertRejects } from "@std/assert";
import { managerOf } from "../accounts/managers.ts";
import {
  type AccountFolder,
  accountFolder,
  TIME,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";

const ACCOUNTS = {
  accounts: [3],
  active: 3,
  state: {
    last_switch: TIME,
    switches_total: 7,
    accounts: { account3: { label: "work", switches_count: 4 } },
  },
};

const FORMS: Record<string, (text: string) => string> = {
  "nothing special": (text) => text,
  "a BOM": (text) => `\uFEFF${text}`,
  "CRLF at the ends of lines": (text) => text.replaceAll("\n", "\r\n"),
  "no newline at the end": (text) => text.trimEnd(),
  "comments": (text) =>
    text.replace("\naccounts:", "\n# kept by hand\naccounts:"),
};

for (const [what, form] of Object.entries(FORMS)) {
  Deno.test(`getStats() reads a state.yaml with ${what}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const { state } = folder.layout;
    await Deno.writeTextFile(state, form(await Deno.readTextFile(state)));
    const manager = managerOf(folder);
    const { lastSwitch, switchesTotal, accounts } = await manager.getStats();
    assertEquals([lastSwitch, switchesTotal], [TIME, 7]);
    assertEquals(accounts.map((it) => it.switchesCount), [4]);
    assertEquals(await manager.nameAccounts(), [{ index: 3, label: "work" }]);
    assertEquals(await noticesOf(folder), []);
  });
}

Deno.test("a label of the wrong kind is read from its copy, and no other", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  for (const [index, label] of [[1, "work"], [2, "home"]] as const) {
    await manager.setLabel(index, label);
  }
  const text = "accounts:\n  account1:\n    label: [a]\n  account2: {}\n";
  await Deno.writeTextFile(folder.layout.state, text);
  assertEquals(await manager.nameAccounts(), [
    { index: 1, label: "work" },
    { index: 2, label: undefined },
  ]);
  assertEquals((await noticesOf(folder)).length, 1);
});

const UTF_16 = [
  0xff,
  0xfe,
  ...[..."a: 1"].flatMap((it) => [it.charCodeAt(0), 0]),
];

type Make = (path: string) => Promise<unknown>;

const UNUSABLE: Record<string, [Make, string]> = {
  "it is empty": [write([]), "is not a mapping"],
  "it has only NUL bytes": [write(Array(512).fill(0)), "is not valid YAML"],
  "it is not UTF-8": [write([0x61, 0x3a, 0xff]), "is not valid UTF-8"],
  "it is UTF-16": [write(UTF_16), "is not valid UTF-8"],
  "its version is unknown": [
    (path) => Deno.writeTextFile(path, "version: 2\n"),
    "has version 2, which this program is too old to read",
  ],
  "it is too large": [
    async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 16 * 1024 * 1024 + 1);
    },
    "is too large",
  ],
  "it is a folder": [(path) => Deno.mkdir(path), "is a folder"],
};

for (const [when, [make, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`listAccounts() says so and changes nothing when state.yaml is unusable: ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [3], active: 3 });
    const { state } = folder.layout;
    await make(state);
    const before = await Deno.stat(state);
    const [notice = "", ...others] = await noticesOf(folder);
    assertEquals(notice.startsWith(`state.yaml ${problem}`), true, notice);
    assertEquals(others, []);
    const { ino, size, mtime } = await Deno.stat(state);
    assertEquals([ino, size, mtime], [before.ino, before.size, before.mtime]);
    assertEquals((await managerOf(folder).getStats()).switchesTotal, 0);
  });
}

Deno.test("getStats() rejects when the disk fails", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _ = replaceFiles((real) => ({
    read: (path, maxBytes) =>
      path === folder.layout.state
        ? Promise.reject(Object.assign(new Error("broken"), { code: "EIO" }))
        : real.read(path, maxBytes),
  }));
  await assertRejects(() => managerOf(folder).getStats(), Error, "broken");
});

function write(bytes: number[]): Make {
  return (path) => Deno.writeFile(path, new Uint8Array(bytes));
}

/** What a list tells. */
async function noticesOf(folder: AccountFolder): Promise<string[]> {
  const notices: string[] = [];
  await managerOf(folder, { notices }).listAccounts();
  return notices;
}
