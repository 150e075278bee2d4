import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { runtime } from "../../lib/system/mod.ts";
import { realSystem } from "../../lib/system/system.ts";
import { accountFolder, credential } from "../support/account_folder.ts";
import { tokenServer } from "../support/token_server.ts";

Deno.test("refresh() does not hold the lock during its request", async () => {
  const ended = credential(1, { expiresAt: Date.now() - 60_000 });
  const state = { current_index: 1, linked: true };
  await using folder = await accountFolder({ accounts: [1], active: 1, state });
  await folder.put(ended, `${folder.layout.accounts}/oauth_creds_1.json`);
  const free: boolean[] = [];
  await using server = tokenServer({
    answer: async () => {
      using lock = await runtime.files.tryLock(folder.layout.lock, 0o600);
      free.push(lock !== undefined);
      return Response.json({ access_token: "a", refresh_token: "r" });
    },
  });
  const system = {
    ...realSystem,
    env: (name: string) =>
      name === "ACCOUNT_QWEN_OAUTH_URL" ? server.url : undefined,
  };
  await new AccountManager({ dir: folder.path, system }).refresh(1);
  assertEquals(free, [true]);
});
