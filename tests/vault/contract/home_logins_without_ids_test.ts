import { assertEquals } from "@std/assert";
import { homeLogin as claude } from "../../../lib/agents/claude/login.ts";
import {
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { countingFiles } from "../../support/counting_files.ts";
import { type HomeScene, homeScene } from "./home_scene.ts";

const FILE = claude.file;

/** A login of claude; up to 2.1.112 it does not say whose it is. */
function login(token: string, person?: string): string {
  const ids = { accountUuid: person, organizationUuid: "org-1" };
  const claudeAiOauth = {
    accessToken: `sk-ant-oat01-${token}`,
    refreshToken: `sk-ant-ort01-${token}`,
    expiresAt: 2e12,
    ...(person === undefined ? {} : ids),
  };
  return JSON.stringify({ claudeAiOauth });
}

/** A state of claude, whose user is `person`. */
function stateOf(person: string): string {
  const oauthAccount = { accountUuid: person, organizationUuid: "org-1" };
  return JSON.stringify({ numStartups: 3, oauthAccount });
}

/** Anna has account 1, which plain claude uses, and Ben account 2. */
async function twoAccounts(): Promise<HomeScene> {
  const scene = await homeScene(claude);
  scene.write(`accounts/1/${FILE}`, login("anna-0", "anna"));
  scene.write(`accounts/2/${FILE}`, login("ben-0", "ben"));
  await scene.settle();
  await switchTo(scene, 1);
  return scene;
}

async function switchTo(scene: HomeScene, index: number): Promise<void> {
  await scene.keep(switchPlain(scene.place, { ...scene.call(), index }));
}

function tokenOf(scene: HomeScene, name: string): string | undefined {
  try {
    const text = Deno.readTextFileSync(`${scene.home}/${name}`);
    return JSON.parse(text).claudeAiOauth.refreshToken.slice(13);
  } catch {
    return undefined;
  }
}

Deno.test("a plain login without ids is that of the recorded owner, whom claude names", async () => {
  await using scene = await twoAccounts();
  Deno.writeTextFileSync(`${scene.home}.json`, stateOf("anna"));
  scene.write(FILE, login("anna-1"));
  await scene.settle();
  assertEquals([scene.record.plain, scene.changes], [1, []]);
  await switchTo(scene, 2);
  assertEquals(tokenOf(scene, FILE), "ben-0");
  assertEquals(tokenOf(scene, `accounts/1/${FILE}`), "anna-1");
  // It is the same login, so it is hers without a state beside it.
  await scene.settle();
  await switchTo(scene, 1);
  await scene.settle();
  assertEquals([scene.record.plain, scene.changes], [1, []]);
  assertEquals(tokenOf(scene, FILE), "anna-1");
});

for (
  const [what, state] of [
    ["claude names somebody else", stateOf("carla")],
    ["claude names another account", stateOf("ben")],
    ["claude names nobody", "{}"],
    ["the state is broken", '{"oauthAcc'],
    ["there is no state", undefined],
  ] as const
) {
  Deno.test(`a plain login without ids belongs to no account when ${what}`, async () => {
    await using scene = await twoAccounts();
    if (state) Deno.writeTextFileSync(`${scene.home}.json`, state);
    scene.write(FILE, login("unknown"));
    await scene.settle();
    assertEquals(scene.record.plain, undefined);
    assertEquals(tokenOf(scene, FILE), "unknown");
    assertEquals(tokenOf(scene, `accounts/2/${FILE}`), "ben-0");
  });
}

Deno.test("a plain login without ids belongs to no account when two states disagree", async () => {
  await using scene = await twoAccounts();
  Deno.writeTextFileSync(`${scene.home}.json`, stateOf("anna"));
  scene.write(".claude.json", stateOf("carla"));
  scene.write(FILE, login("unknown"));
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
});

Deno.test("a plain login without ids belongs to no account when its account has another login", async () => {
  await using scene = await twoAccounts();
  Deno.writeTextFileSync(`${scene.home}.json`, stateOf("anna"));
  scene.write(FILE, login("unknown"));
  scene.write(`accounts/1/${FILE}`, login("anna-2", "anna"));
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
  assertEquals(tokenOf(scene, `accounts/1/${FILE}`), "anna-2");
});

Deno.test("a login without ids in the folder of an account is its own if claude says so there", async () => {
  await using scene = await twoAccounts();
  scene.write("accounts/2/.claude.json", stateOf("ben"));
  scene.write(`accounts/2/${FILE}`, login("ben-1"));
  await scene.settle();
  assertEquals(scene.changes, []);
  assertEquals(tokenOf(scene, `accounts/2/${FILE}`), "ben-1");
  scene.write("accounts/2/.claude.json", stateOf("carla"));
  scene.write(`accounts/2/${FILE}`, login("carla-0"));
  await scene.settle();
  const kinds = scene.changes.map((it) => it.kind);
  assertEquals(kinds, ["adopted", "login-needed"]);
  assertEquals(tokenOf(scene, `accounts/3/${FILE}`), "carla-0");
});

Deno.test("a first login without ids in a folder belongs to whom claude names there", async () => {
  await using scene = await twoAccounts();
  scene.write("accounts/3/.claude.json", stateOf("carla"));
  scene.write(`accounts/3/${FILE}`, login("carla-0"));
  scene.write("accounts/4/.claude.json", stateOf("ben"));
  scene.write(`accounts/4/${FILE}`, login("ben-1"));
  await scene.settle();
  assertEquals(scene.record.accounts.get(3)?.owner, "carla@org-1");
  assertEquals(tokenOf(scene, `accounts/3/${FILE}`), "carla-0");
  assertEquals(tokenOf(scene, `accounts/2/${FILE}`), "ben-1");
  assertEquals(tokenOf(scene, `accounts/4/${FILE}`), undefined);
});

Deno.test("a switch of logins without ids is finished after a kill", async () => {
  await using scene = await twoAccounts();
  for (const [index, person] of [[3, "carla"], [4, "dora"]] as const) {
    scene.write(`accounts/${index}/.claude.json`, stateOf(person));
    scene.write(`accounts/${index}/${FILE}`, login(`${person}-0`));
  }
  await scene.settle();
  await switchTo(scene, 3);
  // The record of this one is lost.
  await switchPlain(scene.place, { ...scene.call(), index: 4 });
  await scene.keep(settleHomeLogins(scene.place, scene.call()));
  assertEquals(scene.record.plain, 4);
  assertEquals(tokenOf(scene, FILE), "dora-0");
  assertEquals(tokenOf(scene, `accounts/3/${FILE}`), "carla-0");
});

Deno.test("an earlier login without ids comes back to its account", async () => {
  await using scene = await twoAccounts();
  scene.write("accounts/2/.claude.json", stateOf("ben"));
  scene.write(`accounts/2/${FILE}`, login("ben-1"));
  await scene.settle();
  scene.write("accounts/3/.claude.json", stateOf("ben"));
  scene.write(`accounts/3/${FILE}`, login("ben-2"));
  await scene.settle();
  assertEquals(tokenOf(scene, `accounts/2/${FILE}`), "ben-2");
  scene.write(`accounts/2/${FILE}`, login("carla-0", "carla"));
  await scene.settle();
  assertEquals(tokenOf(scene, `accounts/2/${FILE}`), "ben-1");
});

Deno.test("tokens that a run writes are kept while the owner is written back", async () => {
  const realFiles = runtime.files;
  const folder = "accounts/2";
  let steps = 1;
  for (let at = 1; at <= steps; at++) {
    await using scene = await twoAccounts();
    const isLocked = () =>
      [...Deno.readDirSync(scene.place.accounts)]
        .some(({ name }) => name === "2.lock");
    scene.write(`${folder}/.claude.json`, stateOf("ben"));
    scene.write(`${folder}/${FILE}`, login("ben-1"));
    let isRefreshed = false;
    const refresh = () => {
      isRefreshed = true;
      scene.write(`${folder}/${FILE}`, login("ben-2"));
    };
    const files = countingFiles(realFiles, {
      onStep(step) {
        if (step === at && !isLocked()) refresh();
      },
    });
    runtime.files = files;
    await scene.settle().finally(() => runtime.files = realFiles);
    assertEquals(isLocked(), false);
    if (!isRefreshed) refresh(); // the run has waited for the lock
    assertEquals([at, tokenOf(scene, `${folder}/${FILE}`)], [at, "ben-2"]);
    steps = files.steps;
  }
});

Deno.test("the owner is not written back while a run refreshes the login", async () => {
  await using scene = await twoAccounts();
  scene.write("accounts/2/.claude.json", stateOf("ben"));
  scene.write(`accounts/2/${FILE}`, login("ben-1"));
  const lock = `${scene.home}/accounts/2.lock`;
  Deno.mkdirSync(lock);
  await scene.settle();
  const path = `${scene.home}/accounts/2/${FILE}`;
  assertEquals(Deno.readTextFileSync(path), login("ben-1"));
  Deno.removeSync(lock);
  await scene.settle();
  assertEquals(
    JSON.parse(Deno.readTextFileSync(path)),
    JSON.parse(login("ben-1", "ben")),
  );
});
