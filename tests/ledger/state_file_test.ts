import { assertEquals, assertRejects } from "@std/assert";
import {
  loadState,
  saveState,
  setStateAside,
} from "../../lib/ledger/state_file.ts";
import {
  accountState,
  NEW_STATE,
  type State,
  withSwitch,
} from "../../lib/ledger/state.ts";
import { saveLabels } from "../../lib/ledger/labels.ts";
import { formatState } from "../../lib/ledger/state_yaml.ts";
import { accountFolder, modeOf, NOW, TIME } from "../support/account_folder.ts";
import { failing } from "../support/files.ts";

const STATE: State = withSwitch(NEW_STATE, 3, TIME);

Deno.test("loadState() reads what saveState() wrote", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  await saveState(folder.layout, STATE);
  assertEquals(await loadState(folder.layout), {
    state: STATE,
    text: formatState(STATE),
    problem: undefined,
    mistakes: [],
  });
  assertEquals(await modeOf(folder.layout.state), "0600");
});

Deno.test("loadState() returns a new state when there is no file", async () => {
  await using folder = await accountFolder();
  assertEquals(await loadState(folder.layout), {
    state: NEW_STATE,
    text: undefined,
    problem: undefined,
    mistakes: [],
  });
});

const FORMS: Record<string, (text: string) => string> = {
  "a BOM": (text) => `\uFEFF${text}`,
  "CRLF at the ends of lines": (text) => text.replaceAll("\n", "\r\n"),
  "no newline at the end": (text) => text.trimEnd(),
  "comments": (text) =>
    text.replace("\naccounts:", "\n# kept by hand\naccounts:"),
};

for (const [what, form] of Object.entries(FORMS)) {
  Deno.test(`loadState() reads a file with ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [3] });
    const { layout } = folder;
    await Deno.writeTextFile(layout.state, form(formatState(STATE)));
    const { state, problem } = await loadState(layout);
    assertEquals(state, STATE);
    assertEquals(problem, undefined);
  });
}

Deno.test("loadState() reads a label of the wrong kind from its copy, and no other", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const { layout } = folder;
  await saveLabels(layout, new Map([[1, "work"], [2, "home"]]));
  const text = "accounts:\n  account1:\n    label: [a]\n  account2: {}\n";
  await Deno.writeTextFile(layout.state, text);
  const { state, mistakes } = await loadState(layout);
  assertEquals(mistakes, ["account 1: label is not text"]);
  assertEquals([1, 2].map((it) => accountState(state, it).label), [
    "work",
    undefined,
  ]);
});

const UNUSABLE: Record<string, [Uint8Array, string]> = {
  "it is empty": [new Uint8Array(), "is not a mapping"],
  "it is all NUL": [new Uint8Array(512), "is not valid YAML"],
  "it is not UTF-8": [new Uint8Array([0x61, 0x3a, 0xff]), "is not valid UTF-8"],
  "it is UTF-16": [
    new Uint8Array([
      0xff,
      0xfe,
      ...Array.from("a: 1", (it) => [it.charCodeAt(0), 0]).flat(),
    ]),
    "is not valid UTF-8",
  ],
  "its version is from the future": [
    new TextEncoder().encode("version: 2\n"),
    "has version 2, which this program is too old to read",
  ],
};

for (const [when, [bytes, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`loadState() says so and changes nothing when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [3] });
    await folder.put(bytes, folder.layout.state);
    const loaded = await loadState(folder.layout);
    assertEquals(loaded.state, NEW_STATE);
    assertEquals(loaded.text, undefined);
    assertEquals(loaded.problem?.slice(0, problem.length), problem);
    assertEquals(await Deno.readFile(folder.layout.state), bytes);
  });
}

Deno.test("loadState() says so when it is too large", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  await folder.put(new Uint8Array(), folder.layout.state);
  await Deno.truncate(folder.layout.state, 16 * 1024 * 1024 + 1);
  assertEquals((await loadState(folder.layout)).problem, "is too large");
});

Deno.test("loadState() says so when it is a folder", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  await Deno.mkdir(folder.layout.state);
  assertEquals((await loadState(folder.layout)).problem, "is a folder");
});

Deno.test("loadState() rejects when it cannot be read", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  await saveState(folder.layout, STATE);
  using _ = failing("read");
  await assertRejects(() => loadState(folder.layout), Error, "No space left");
});

Deno.test("saveState() does not write when nothing has changed", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  await saveState(folder.layout, STATE);
  const { ino, mtime } = await Deno.stat(folder.layout.state);
  await saveState(folder.layout, STATE, formatState(STATE));
  const after = await Deno.stat(folder.layout.state);
  assertEquals([after.ino, after.mtime], [ino, mtime]);
});

Deno.test("setStateAside() moves the file to a dated name", async () => {
  await using folder = await accountFolder({ accounts: [3] });
  const { layout } = folder;
  await Deno.writeTextFile(layout.state, "not a state");
  const path = await setStateAside(layout, NOW);
  assertEquals(path, `${layout.state}.set-aside-20261121T083500000Z`);
  assertEquals(await Deno.readTextFile(path), "not a state");
  assertEquals((await loadState(layout)).text, undefined);
});
