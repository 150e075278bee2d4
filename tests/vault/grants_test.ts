import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { dueFolder, refreshSystem } from "../accounts/due.ts";
import { settled } from "../accounts/watched.ts";
import { accountFolder, namesIn, text } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { tokenServer } from "../support/token_server.ts";

Deno.test("a refresh notes new tokens before it writes them, without a secret, and forgets that", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const notes: { text: string; mode: number }[] = [];
  using _ = replaceFiles((real) => ({
    async create(path, bytes, mode) {
      if (path.endsWith("/grant_1")) notes.push({ text: text(bytes), mode });
      await real.create(path, bytes, mode);
    },
  }));
  const system = refreshSystem(server.url);
  await new AccountManager({ dir: folder.path, system }).refresh(1);
  const [note, ...others] = notes;
  assertEquals([note?.mode, others.length], [0o600, 0]);
  const { granted, before } = JSON.parse(note?.text ?? "");
  for (const it of [granted, before]) {
    assertEquals(/^[0-9a-f]{64}$/.test(it), true, it);
  }
  const names = await namesIn(folder.layout.runs);
  assertEquals(names.includes("grant_1"), false);
});

for (const content of ["", '{"granted"', "[]", "null"]) {
  Deno.test(`a change removes a note of new tokens whose content is ${JSON.stringify(content)}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const { layout } = folder;
    await Deno.mkdir(layout.runs, { mode: 0o700 });
    await Deno.writeTextFile(`${layout.runs}/grant_1`, content);
    await settled(folder);
    assertEquals(await namesIn(layout.runs), []);
  });
}
