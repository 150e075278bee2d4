import { assertEquals, assertRejects } from "@std/assert";
import { FileError, LoginNeededError } from "../../../lib/errors.ts";
import {
  moveIn,
  moveOut,
  reserveHome,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { storeOf } from "../../../lib/vault/home_logins/home_place.ts";
import { modeOf } from "../../support/account_folder.ts";
import { describeTree } from "../../support/describe_tree.ts";
import { exists } from "../../support/exists.ts";
import {
  accountsOf,
  homeScene,
  key,
  LINKED,
  plan,
  STAYING,
} from "./home_scene.ts";

const ALICE = plan("alice@work");
const BOB = plan("bob@work");
const MCP = { mcp: { server: "mcp-login" } };

Deno.test("moveIn() moves the login into a folder and leaves a relative link", async () => {
  await using scene = await homeScene(LINKED, { plain: ALICE });
  await Deno.chmod(scene.place.plain, 0o644);
  await scene.keep(moveIn(scene.place, scene.call()));
  assertEquals(await Deno.readLink(scene.place.plain), "accounts/1/auth.json");
  assertEquals(scene.token("accounts/1/auth.json"), ALICE.token);
  assertEquals(await modeOf(`${scene.place.accounts}/1`), "0700");
  assertEquals(await modeOf(`${scene.place.accounts}/1/auth.json`), "0600");
  assertEquals(scene.record.plain, 1);
});

Deno.test("moveIn() lets a login stay that cannot be behind a link", async () => {
  await using scene = await homeScene(STAYING, { plain: ALICE, others: MCP });
  const before = await describeTree(scene.place.plain);
  await scene.keep(moveIn(scene.place, scene.call()));
  assertEquals(await describeTree(scene.place.plain), before);
  assertEquals(scene.record.plain, 1);
  assertEquals(storeOf(scene.place, scene.record, 1), scene.home);
});

Deno.test("moveIn() gives the login to the account with the same owner", async () => {
  await using scene = await homeScene(LINKED, {
    plain: { ...ALICE, token: "newer", expiresAt: 9_000 },
    accounts: { 1: BOB, 2: ALICE },
  });
  await scene.keep(moveIn(scene.place, scene.call()));
  assertEquals(scene.record.plain, 2);
  assertEquals(scene.token("auth.json"), "newer");
  assertEquals(keptTokens(scene.place.accounts, "generations"), [ALICE.token]);
});

Deno.test("moveIn() refuses a login that does not say whose it is", async () => {
  const nobody = { token: "nobody", kind: "plan" } as const;
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, { plain: nobody });
    await assertRejects(() => moveIn(scene.place, scene.call()), FileError);
    assertEquals(scene.token(format.file), "nobody");
  }
});

Deno.test("settleHomeLogins() leaves a login alone that nobody has added", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: ALICE,
      accounts: { 1: BOB },
    });
    const before = await describeTree(scene.home);
    await scene.settle();
    assertEquals(await describeTree(scene.home), before);
    assertEquals(scene.record.plain, undefined);
  }
});

Deno.test("switchPlain() moves the link", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  });
  const call = { ...scene.call(), index: 2 };
  await scene.keep(switchPlain(scene.place, call));
  assertEquals(await Deno.readLink(scene.place.plain), "accounts/2/auth.json");
  assertEquals(scene.token("accounts/1/auth.json"), ALICE.token);
  assertEquals(scene.record.plain, 2);
});

Deno.test("switchPlain() renames both logins where they stay", async () => {
  await using scene = await homeScene(STAYING, {
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  });
  const [alice, bob] = [
    Deno.statSync(scene.place.plain),
    Deno.statSync(`${scene.place.accounts}/2/.credentials.json`),
  ];
  const call = { ...scene.call(), index: 2 };
  await scene.keep(switchPlain(scene.place, call));
  const now = Deno.statSync(scene.place.plain);
  assertEquals(now.ino, bob.ino);
  assertEquals(now.mtime?.getTime() === alice.mtime?.getTime(), false);
  const left = Deno.statSync(`${scene.place.accounts}/1/.credentials.json`);
  assertEquals(left.ino, alice.ino);
  assertEquals(
    await exists(`${scene.place.accounts}/2/.credentials.json`),
    false,
  );
  assertEquals(scene.record.plain, 2);
});

Deno.test("switchPlain() leaves in place what is bound to no account", async () => {
  await using scene = await homeScene(STAYING, {
    plain: 1,
    others: MCP,
    accounts: { 1: ALICE, 2: BOB },
  });
  const call = { ...scene.call(), index: 2 };
  await scene.keep(switchPlain(scene.place, call));
  assertEquals(JSON.parse(Deno.readTextFileSync(scene.place.plain)), {
    login: BOB,
    ...MCP,
  });
  const left = `${scene.place.accounts}/1/.credentials.json`;
  assertEquals(JSON.parse(Deno.readTextFileSync(left)), { login: ALICE });
});

Deno.test("switchPlain() makes the login that is there an account's", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: ALICE,
      accounts: { 1: BOB },
    });
    const call = { ...scene.call(), index: 1 };
    await scene.keep(switchPlain(scene.place, call));
    assertEquals(scene.token(format.file), BOB.token);
    assertEquals(scene.token(`accounts/2/${format.file}`), ALICE.token);
    assertEquals(scene.record.plain, 1);
  }
});

Deno.test("switchPlain() stashes a login that does not say whose it is", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: { token: "nobody", kind: "plan" },
      accounts: { 1: BOB },
    });
    const call = { ...scene.call(), index: 1 };
    await scene.keep(switchPlain(scene.place, call));
    assertEquals(scene.token(format.file), BOB.token);
    assertEquals(keptTokens(scene.place.accounts, "stash"), ["nobody"]);
  }
});

Deno.test("switchPlain() refuses an account without a login", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    const { index } = await scene.keep(reserveHome(scene.place, scene.call()));
    assertEquals(index, 2);
    await assertRejects(
      () => switchPlain(scene.place, { ...scene.call(), index }),
      LoginNeededError,
    );
    assertEquals(scene.token(format.file), ALICE.token);
  }
});

Deno.test("a key written through the link becomes an account, and the link follows", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  scene.write("auth.json", key("sk-1"));
  await scene.settle();
  assertEquals(await Deno.readLink(scene.place.plain), "accounts/2/auth.json");
  assertEquals(scene.token("auth.json"), "sk-1");
  assertEquals(await exists(`${scene.place.accounts}/1/auth.json`), false);
  assertEquals(scene.changes.map((it) => it.kind), ["adopted", "login-needed"]);
});

Deno.test("an account gets the login back that another one has overwritten", async () => {
  await using scene = await homeScene(LINKED, {
    plain: { ...ALICE, token: "newer", expiresAt: 9_000 },
    accounts: { 1: ALICE },
  });
  await scene.keep(moveIn(scene.place, scene.call()));
  scene.write("auth.json", BOB);
  await scene.settle();
  assertEquals(scene.token("auth.json"), BOB.token);
  assertEquals(scene.record.plain, 2);
  assertEquals(scene.token("accounts/1/auth.json"), ALICE.token);
});

Deno.test("the login of an account with the same owner and another kind is another account", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  scene.write("auth.json", { ...ALICE, kind: "token", token: "ci" });
  await scene.settle();
  assertEquals(scene.token("accounts/2/auth.json"), "ci");
});

Deno.test("a refresh is nothing to settle", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    scene.write(format.file, { ...ALICE, token: "next", expiresAt: 9_000 });
    const before = await describeTree(scene.home);
    await scene.settle();
    assertEquals(await describeTree(scene.home), before);
  }
});

Deno.test("a login that replaces the link gets a folder, and the link is back", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  await Deno.remove(scene.place.plain);
  scene.write("auth.json", BOB);
  await scene.settle();
  assertEquals(await Deno.readLink(scene.place.plain), "accounts/2/auth.json");
  assertEquals(scene.token("auth.json"), BOB.token);
  assertEquals(scene.token("accounts/1/auth.json"), ALICE.token);
});

Deno.test("a login of another owner in the place where logins stay is a new account's", async () => {
  await using scene = await homeScene(STAYING, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  scene.write(".credentials.json", BOB, MCP);
  await scene.settle();
  assertEquals(scene.record.plain, 2);
  assertEquals(scene.token(".credentials.json"), BOB.token);
  const accounts = await accountsOf(scene);
  assertEquals(accounts.map((it) => it.isPlain), [false, true]);
  assertEquals("problem" in (accounts[0]?.login ?? {}), true);
});

Deno.test("a login of a known owner in the plain place replaces the one in the folder", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE, 2: BOB },
    });
    await Deno.remove(scene.place.plain);
    scene.write(format.file, { ...BOB, token: "newer", expiresAt: 9_000 });
    await scene.settle();
    assertEquals(scene.record.plain, 2);
    assertEquals(scene.token(format.file), "newer");
    assertEquals(keptTokens(scene.place.accounts, "generations"), [BOB.token]);
  }
});

Deno.test("a login without an owner is never an account's", async () => {
  const nobody = { token: "nobody", kind: "plan" } as const;
  {
    await using scene = await homeScene(LINKED, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    await Deno.remove(scene.place.plain);
    scene.write("auth.json", nobody);
    await scene.settle();
    assertEquals(keptTokens(scene.place.accounts, "stash"), ["nobody"]);
    assertEquals(scene.token("auth.json"), ALICE.token);
  }
  await using scene = await homeScene(STAYING, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  scene.write(".credentials.json", nobody);
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
  assertEquals(scene.token(".credentials.json"), "nobody");
});

Deno.test("a blanked login replaces no other", async () => {
  await using scene = await homeScene(STAYING, {
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  });
  scene.write(".credentials.json", { ...BOB, token: "" });
  await scene.settle();
  assertEquals(scene.token("accounts/2/.credentials.json"), BOB.token);
  const call = { ...scene.call(), index: 2 };
  await scene.keep(switchPlain(scene.place, call));
  assertEquals(scene.token(".credentials.json"), BOB.token);
});

Deno.test("a blanked login leaves with its account", async () => {
  await using scene = await homeScene(STAYING, {
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  });
  scene.write(".credentials.json", { ...ALICE, token: "" });
  const call = { ...scene.call(), index: 2 };
  await scene.keep(switchPlain(scene.place, call));
  assertEquals(scene.token("accounts/1/.credentials.json"), "");
  assertEquals(scene.token(".credentials.json"), BOB.token);
  const accounts = await accountsOf(scene);
  assertEquals(accounts.map((it) => Object(it.login).isUsable), [false, true]);
});

Deno.test("a file that the agent is just writing stays", async () => {
  for (const text of ["", '{"tok']) {
    await using scene = await homeScene(LINKED, {
      plain: 1,
      accounts: { 1: ALICE },
    });
    scene.write("auth.json", text);
    await scene.settle();
    const file = `${scene.place.accounts}/1/auth.json`;
    assertEquals(Deno.readTextFileSync(file), text);
    assertEquals(scene.record.plain, 1);
  }
});

Deno.test("a plain logout makes no account the plain agent's", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  await Deno.remove(scene.place.plain);
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
  assertEquals(scene.changes, [{ kind: "logged-out", account: 1 }]);
  await scene.settle();
  assertEquals(scene.changes, []);
});

Deno.test("a login in a reserved folder is the account's, or that of the same owner", async () => {
  await using scene = await homeScene(STAYING, { accounts: { 1: ALICE } });
  for (const login of [BOB, { ...ALICE, token: "newer", expiresAt: 9_000 }]) {
    const { index } = await scene.keep(reserveHome(scene.place, scene.call()));
    scene.write(`accounts/${index}/.credentials.json`, login);
    await scene.settle();
  }
  assertEquals([...scene.record.accounts.keys()], [1, 2]);
  assertEquals(scene.token("accounts/1/.credentials.json"), "newer");
  assertEquals(scene.token("accounts/2/.credentials.json"), BOB.token);
});

Deno.test("moveOut() makes the plain login a file again", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, {
      plain: 1,
      accounts: { 1: ALICE, 2: BOB },
    });
    const call = { ...scene.call(), index: 1 };
    await scene.keep(moveOut(scene.place, call));
    assertEquals(Deno.lstatSync(scene.place.plain).isFile, true);
    assertEquals(scene.token(format.file), ALICE.token);
    assertEquals([...scene.record.accounts.keys()], [2]);
    await scene.settle();
    assertEquals(scene.record.plain, undefined);
  }
});

Deno.test("moveOut() removes a broken link", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE },
  });
  await Deno.remove(`${scene.place.accounts}/1/auth.json`);
  await scene.keep(moveOut(scene.place, { ...scene.call(), index: 1 }));
  assertEquals(await exists(scene.place.plain), false);
  await scene.settle();
  assertEquals(scene.record.plain, undefined);
  assertEquals(scene.record.accounts, new Map());
});

Deno.test("moveOut() keeps the login of another account in the stash", async () => {
  await using scene = await homeScene(LINKED, {
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  });
  scene.write("accounts/2/history", "something else");
  await scene.keep(moveOut(scene.place, { ...scene.call(), index: 2 }));
  assertEquals(keptTokens(scene.place.accounts, "stash"), [BOB.token]);
  assertEquals(scene.token("auth.json"), ALICE.token);
  const accounts = await accountsOf(scene);
  assertEquals(accounts.map((it) => it.index), [1]);
});

function keptTokens(accounts: string, folder: string): unknown[] {
  return [...Deno.readDirSync(`${accounts}/${folder}`)].map(({ name }) => {
    const text = Deno.readTextFileSync(`${accounts}/${folder}/${name}`);
    const value = JSON.parse(text);
    return (value.login ?? value).token;
  });
}
