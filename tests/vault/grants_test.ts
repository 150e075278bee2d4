import { assertEquals } from "@std/assert";
import { digestOf } from "../../lib/disk/bytes.ts";
import {
  forgetGrant,
  listGrants,
  noteGrant,
} from "../../lib/vault/settle/grants.ts";
import { refreshToken } from "../support/home.ts";
import {
  accountFolder,
  credential,
  modeOf,
  namesIn,
} from "../support/account_folder.ts";

Deno.test("listGrants() returns what noteGrant() has noted until forgetGrant(), and no secret is written", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { layout } = folder;
  await noteGrant(layout, 1, credential(9));
  await noteGrant(layout, 7, credential(8));
  const path = `${layout.runs}/grant_1`;
  assertEquals(await modeOf(path), "0600");
  const text = await Deno.readTextFile(path);
  assertEquals(text.includes(refreshToken(9)), false);
  const grants = await listGrants(layout);
  assertEquals(grants.sort((a, b) => a.index - b.index), [
    {
      index: 1,
      granted: await digestOf(credential(9)),
      before: await digestOf(credential(1)),
    },
    { index: 7, granted: await digestOf(credential(8)), before: undefined },
  ]);
  await forgetGrant(layout, 1);
  assertEquals((await listGrants(layout)).map((it) => it.index), [7]);
});

for (const content of ["", '{"granted"', "[]", "null"]) {
  Deno.test(`listGrants() removes one whose content is ${JSON.stringify(content)}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const { layout } = folder;
    await Deno.mkdir(layout.runs);
    await Deno.writeTextFile(`${layout.runs}/grant_1`, content);
    assertEquals(await listGrants(layout), []);
    assertEquals(await namesIn(layout.runs), []);
  });
}
