import { assertEquals } from "@std/assert";
import type { HomeLoginFormat } from "../../../lib/agents/home_login.ts";
import type { HomeCall } from "../../../lib/vault/home_logins/home_call.ts";
import {
  moveIn,
  reserveHome,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { takeNewLogin } from "../../../lib/vault/home_logins/new_logins.ts";
import {
  type HomeScene,
  homeScene,
  LINKED,
  plan,
  STAYING,
  tokensBelow,
} from "./home_scene.ts";

/** An agent that sends the refresh before it takes a lock. */
const UNLOCKED: HomeLoginFormat = { ...LINKED, refreshesOnce: false };

const ACCOUNTS = { 1: plan("alice"), 2: plan("bob") };

const NEW = { ...plan("bob", "new"), expiresAt: 9_000 };

/** A run that has sent the refresh of the login of account 2. */
function refreshing(scene: HomeScene): Pick<HomeCall, "system"> {
  const { file } = scene.place.format;
  const path = `accounts/2/${file}`;
  const lock = `${scene.home}/accounts/2.lock`;
  const { system } = scene.call();
  if (!system) throw new TypeError("the scene has no clock");
  Deno.mkdirSync(lock);
  return {
    system: {
      ...system,
      async sleep(ms) {
        await system.sleep(ms);
        // The agent drops the reply if the login is another one now.
        if (scene.token(path) === "token-of-bob") {
          scene.write(path, { ...plan("bob", "fresh"), expiresAt: 6_000 });
        }
        Deno.removeSync(lock);
      },
    },
  };
}

/** Returns the folders below the home with each of bob's logins. */
function placesOf({ home }: HomeScene): Record<string, string[]> {
  const found = tokensBelow(home).entries().filter(([token]) =>
    token !== "token-of-alice"
  );
  return Object.fromEntries(
    found.map(([token, paths]) => [
      token,
      paths.map((it) => it.slice(home.length + 1).replace(/\/[^/]*$/, "")),
    ]),
  );
}

Deno.test("takeNewLogin() waits for a run that is refreshing the login before", async () => {
  await using scene = await homeScene(STAYING, { accounts: ACCOUNTS });
  const made = await scene.keep(reserveHome(scene.place, scene.call()));
  const { index } = made;
  scene.write(`accounts/${index}/${STAYING.file}`, NEW);
  const call = { ...scene.call(), ...refreshing(scene), index };
  await scene.keep(takeNewLogin(scene.place, call));
  assertEquals(placesOf(scene), {
    fresh: ["accounts/generations"],
    new: ["accounts/2"],
  });
});

Deno.test("a login of the plain agent waits for a run that is refreshing another one of its account", async () => {
  await using scene = await homeScene(STAYING, { accounts: ACCOUNTS });
  scene.write(STAYING.file, NEW);
  const call = { ...scene.call(), ...refreshing(scene) };
  await scene.keep(moveIn(scene.place, call));
  assertEquals(scene.record.plain, 2);
  assertEquals(tokensBelow(scene.home).get("new"), [scene.place.plain]);
  assertEquals(placesOf(scene).fresh, ["accounts/generations"]);
});

Deno.test("a login that a run could overwrite becomes its account's after that run", async () => {
  await using scene = await homeScene(UNLOCKED, { accounts: ACCOUNTS });
  const path = `accounts/2/${UNLOCKED.file}`;
  scene.write(UNLOCKED.file, NEW);
  const isInUse = (index: number) => Promise.resolve(index === 2);
  await scene.keep(moveIn(scene.place, { ...scene.call(), isInUse }));
  assertEquals(scene.record.plain, 2);
  assertEquals(scene.token(path), "token-of-bob");
  scene.write(path, { ...plan("bob", "fresh"), expiresAt: 6_000 });
  await scene.settle();
  assertEquals(scene.token(path), "new");
  assertEquals(scene.token(UNLOCKED.file), "new");
  assertEquals(placesOf(scene).fresh, ["accounts/generations"]);
});
