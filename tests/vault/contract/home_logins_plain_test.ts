import { assertEquals } from "@std/assert";
import {
  moveIn,
  moveOut,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { describeTree } from "../../support/describe_tree.ts";
import { homeScene, LINKED, plan, STAYING } from "./home_scene.ts";

const ALICE = plan("alice@work");
const BOB = plan("bob@work");
const NEWER = { token: "newer", expiresAt: 9_000 };

for (
  const [what, login, owner] of [
    ["the account that logged out", { ...ALICE, ...NEWER }, 1],
    ["another account", { ...BOB, ...NEWER }, 2],
    ["nobody yet", { ...plan("carla@work"), ...NEWER }, 3],
  ] as const
) {
  Deno.test(`a login of ${what} after a plain logout that was seen is an account's`, async () => {
    for (const format of [LINKED, STAYING]) {
      await using scene = await homeScene(format, {
        plain: 1,
        accounts: { 1: ALICE, 2: BOB },
      });
      await Deno.remove(scene.place.plain);
      await scene.settle();
      scene.write(format.file, login);
      await scene.settle();
      assertEquals(scene.record.plain, owner);
      assertEquals(scene.token(format.file), "newer");
      const adopted = scene.changes.some((it) =>
        it.kind === "adopted" && it.account === owner
      );
      // Where a login stays, that of the same owner is the account's already.
      assertEquals(adopted, format === LINKED || owner !== 1);
    }
  });
}

for (
  const [name, expiresAt, used, kept] of [
    ["newer", 9_000, "plain", BOB.token],
    ["older", 1_000, BOB.token, "plain"],
  ] as const
) {
  Deno.test(`a plain login of a known owner that is ${name} than that of the account is the account's`, async () => {
    for (const format of [LINKED, STAYING]) {
      await using scene = await homeScene(format, { accounts: { 1: BOB } });
      scene.write(format.file, { ...BOB, token: "plain", expiresAt });
      await scene.settle();
      assertEquals(scene.record.plain, 1);
      assertEquals(scene.token(format.file), used);
      const generations = `${scene.place.accounts}/generations`;
      const [file] = [...Deno.readDirSync(generations)];
      const path = `accounts/generations/${file?.name}`;
      assertEquals(scene.token(path), kept);
    }
  });
}

Deno.test("a plain login that has ended belongs to no account, whoever its owner is", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, { accounts: { 1: BOB } });
    scene.write(format.file, { ...BOB, token: "" });
    const before = await describeTree(scene.home);
    await scene.settle();
    assertEquals(await describeTree(scene.home), before);
    assertEquals(scene.record.plain, undefined);
  }
});

Deno.test("a login without an owner stays after a plain logout that was seen", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  await Deno.remove(scene.place.plain);
  await scene.settle();
  scene.write("auth.json", { token: "nobody", kind: "plan" });
  await scene.settle();
  assertEquals(scene.token("auth.json"), "nobody");
  assertEquals(scene.record.plain, undefined);
});

Deno.test("the plain place is the user's again when its account is removed", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE, 2: BOB },
    });
    await scene.keep(moveOut(scene.place, { ...scene.call(), index: 1 }));
    scene.write(format.file, plan("carla@work"));
    await scene.settle();
    assertEquals([...scene.record.accounts.keys()], [2]);
    await scene.keep(switchPlain(scene.place, { ...scene.call(), index: 2 }));
    assertEquals(scene.record.plain, 2);
  }
});

Deno.test("the plain place is the user's again when the last account is removed", async () => {
  await using scene = await homeScene(LINKED, { plain: ALICE });
  await scene.keep(moveIn(scene.place, scene.call()));
  await Deno.remove(scene.place.plain);
  await scene.settle();
  await scene.keep(moveOut(scene.place, { ...scene.call(), index: 1 }));
  scene.write("auth.json", BOB);
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
  assertEquals(scene.record.accounts.size, 0);
});
