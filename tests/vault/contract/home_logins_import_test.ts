import { assertEquals, assertRejects } from "@std/assert";
import { FileError } from "../../../lib/errors.ts";
import { moveIn } from "../../../lib/vault/home_logins/home_logins.ts";
import { importLogin } from "../../../lib/vault/home_logins/new_logins.ts";
import { exists } from "../../support/exists.ts";
import {
  type HomeScene,
  homeScene,
  key,
  LINKED,
  type Login,
  plan,
  STAYING,
  tokensBelow,
} from "./home_scene.ts";

const ALICE = plan("alice");
const BOB = plan("bob");
const NEWER = { ...ALICE, token: "newer", expiresAt: 9_000 };
const OLDER = { ...ALICE, token: "older", expiresAt: 1_000 };
const STORED = "other/work.json";

async function importStored(scene: HomeScene, login: Login, others?: object) {
  scene.write(STORED, login, others);
  return await scene.keep(importLogin(scene.place, {
    ...scene.call(),
    path: `${scene.home}/${STORED}`,
    isHome: true,
  }));
}

for (const [kind, format] of Object.entries({ link: LINKED, stays: STAYING })) {
  const plainOf = (scene: HomeScene) => scene.token(format.file);
  const tokenOf = (scene: HomeScene, index: number) =>
    scene.token(`accounts/${index}/${format.file}`);

  Deno.test(`${kind}: an imported login is moved to a new account`, async () => {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    const { index, admission } = await importStored(scene, BOB);
    assertEquals([index, admission], [2, "new"]);
    assertEquals(tokenOf(scene, 2), BOB.token);
    assertEquals(plainOf(scene), ALICE.token);
    assertEquals(await exists(`${scene.home}/${STORED}`), false);
  });

  Deno.test(`${kind}: a newer imported login replaces the one of its account`, async () => {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE, 2: BOB },
    });
    const { index, admission } = await importStored(scene, NEWER);
    assertEquals([index, admission], [1, "newer"]);
    assertEquals(plainOf(scene), NEWER.token);
    const [path = ""] = tokensBelow(scene.home).get(ALICE.token) ?? [];
    assertEquals(path.includes("/generations/"), true);
  });

  Deno.test(`${kind}: an older imported login goes to the stash`, async () => {
    await using scene = await homeScene(format, {
      plain: 2,
      accounts: { 1: ALICE, 2: BOB },
    });
    const { index, admission } = await importStored(scene, OLDER);
    assertEquals([index, admission], [1, "older"]);
    assertEquals(tokenOf(scene, 1), ALICE.token);
    const [path = ""] = tokensBelow(scene.home).get(OLDER.token) ?? [];
    assertEquals(path.includes("/stash/"), true);
  });

  Deno.test(`${kind}: a copy in another form is removed`, async () => {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    const other = { expiresAt: ALICE.expiresAt, ...ALICE };
    const { admission } = await importStored(scene, other);
    assertEquals(admission, "same");
    const paths = tokensBelow(scene.home).get(ALICE.token);
    assertEquals(paths?.length, 1);
  });

  Deno.test(`${kind}: a login stays in its store while the plain agent has one of its account`, async () => {
    await using scene = await homeScene(format, { plain: ALICE });
    await assertRejects(() => importStored(scene, NEWER), FileError);
    assertEquals(scene.token(STORED), NEWER.token);
    await scene.keep(moveIn(scene.place, scene.call()));
    const { index } = await importStored(scene, NEWER);
    assertEquals([index, plainOf(scene)], [1, NEWER.token]);
  });

  const unusable: Readonly<Record<string, Login>> = {
    "without an owner": { token: "nobody", kind: "plan" },
    "that has ended": { ...BOB, token: "" },
  };
  for (const [what, login] of Object.entries(unusable)) {
    Deno.test(`${kind}: a login ${what} stays in its store`, async () => {
      await using scene = await homeScene(format, { plain: ALICE });
      await assertRejects(() => importStored(scene, login), FileError);
      assertEquals(scene.token(STORED), login.token);
    });
  }

  Deno.test(`${kind}: a key becomes an account`, async () => {
    await using scene = await homeScene(format);
    const { index } = await importStored(scene, key("sk-1"));
    assertEquals(tokenOf(scene, index), "sk-1");
  });
}

Deno.test("stays: what is bound to no account stays in the plain place", async () => {
  const others = { mcp: { token: "mcp-plain" } };
  await using scene = await homeScene(STAYING, {
    plain: 1,
    others,
    accounts: { 1: ALICE },
  });
  await importStored(scene, NEWER, { mcp: { token: "mcp-stored" } });
  const file = JSON.parse(Deno.readTextFileSync(scene.place.plain));
  assertEquals(file.mcp, others.mcp);
  assertEquals(tokensBelow(scene.home).has("mcp-stored"), true);
});

Deno.test("an original that was refreshed after a kill stays, and its copy is not used", async () => {
  await using scene = await homeScene(LINKED);
  const { home, place } = scene;
  scene.write(STORED, { ...BOB, token: "refreshed", expiresAt: 9_000 });
  const stage = "accounts/imports/0123456789abcdef";
  scene.write(`${stage}.login`, BOB);
  Deno.symlinkSync(`${home}/${STORED}`, `${home}/${stage}.from`);
  await scene.settle();
  assertEquals(scene.token(STORED), "refreshed");
  const [path = ""] = tokensBelow(home).get(BOB.token) ?? [];
  assertEquals(path.includes("/stash/"), true);
  assertEquals(await exists(`${place.accounts}/imports`), false);
});
