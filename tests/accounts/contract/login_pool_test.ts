import { assertEquals } from "@std/assert";
import { RunTurn } from "../../../lib/accounts/pool/run_turn.ts";
import { AccountPool } from "../../../lib/accounts/pool/account_pool.ts";
import { loginUpstream } from "../../../lib/accounts/pool/upstream.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { realSystem } from "../../../lib/system/system.ts";
import {
  type AccountFolder,
  accountFolder,
  type AccountFolderOptions,
} from "../../support/account_folder.ts";
import { accessToken, refreshToken } from "../../support/home.ts";
import { type TokenServer, tokenServer } from "../../support/token_server.ts";
import { runRecords } from "../../support/run_records.ts";

const NEW_TOKEN = `new-access-${refreshToken(1)}`;

Deno.test("renew() gets a new token once when 50 requests were refused", async () => {
  await using scene = await sceneOf({ accounts: [1, 2], active: 1 });
  const refused = await scene.pool.take();
  assertEquals(refused.upstream.secret, accessToken(1));
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => refused.renew()),
  );
  assertEquals(new Set(outcomes), new Set([true]));
  assertEquals(scene.server.sent, [refreshToken(1)]);
  const { account, secret } = (await scene.pool.take()).upstream;
  assertEquals({ account, secret }, { account: 1, secret: NEW_TOKEN });
});

Deno.test("renew() returns false when a token was just got", async () => {
  await using scene = await sceneOf({ accounts: [1], active: 1 });
  await (await scene.pool.take()).renew();
  assertEquals(await (await scene.pool.take()).renew(), false);
  assertEquals(scene.server.sent, [refreshToken(1)]);
});

Deno.test("renew() returns false when the login is dead, and leave() continues", async () => {
  await using scene = await sceneOf(
    { accounts: [1, 2], active: 1 },
    () => Response.json({ error: "invalid_grant" }, { status: 400 }),
  );
  const refused = await scene.pool.take();
  assertEquals(await refused.renew(), false);
  assertEquals(
    await refused.leave({ kind: "auth", evidence: "401" }),
    true,
  );
  assertEquals((await scene.pool.take()).upstream.account, 2);
  const dead = (await scene.manager.readiness()).find((it) => it.index === 1);
  assertEquals(dead?.obstacle, "login needed");
});

Deno.test("a pool of logins leaves accounts with a key to the caller", async () => {
  await using scene = await sceneOf({ accounts: [1, 3], keys: [2], active: 1 });
  const first = await scene.pool.take();
  await first.leave({ kind: "quota", evidence: "429" });
  assertEquals((await scene.pool.take()).upstream.account, 3);
});

Deno.test("a run with a private home does not count as a reader of the link", async () => {
  await using scene = await sceneOf({ accounts: [1, 2], active: 1 });
  assertEquals(await runRecords(scene.folder.layout), []);
  await (await scene.pool.take()).leave({
    kind: "quota",
    evidence: "429",
  });
  assertEquals(await runRecords(scene.folder.layout), []);
  await scene.pool.end();
});

interface Scene extends AsyncDisposable {
  folder: AccountFolder;
  manager: AccountManager;
  pool: AccountPool;
  server: TokenServer;
}

/** Opens a pool that begins with account 1, and a token server. */
async function sceneOf(
  options: AccountFolderOptions,
  answer?: (sent: string) => Response,
): Promise<Scene> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await accountFolder(options));
  const server = owned.use(tokenServer(answer ? { answer } : {}));
  const manager = new AccountManager({
    dir: folder.path,
    system: {
      ...realSystem,
      env: (name) => name === "ACCOUNT_QWEN_OAUTH_URL" ? server.url : undefined,
    },
  });
  const turn = await RunTurn.take(manager, { isApart: true });
  const pool = await AccountPool.of(turn, {
    toUpstream: async ({ account }) =>
      loginUpstream(account, await manager.readLogin(account)),
  });
  const all = owned.move();
  return {
    folder,
    manager,
    pool,
    server,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
