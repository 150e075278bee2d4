import { assertEquals } from "@std/assert";
import { startGateway } from "../../lib/gateway/gateway.ts";
import { AccountManager, openKeyPool } from "../../lib/mod.ts";
import { accountFolder } from "../support/account_folder.ts";
import { startUpstream } from "../support/upstream.ts";
import { assertFails } from "../support/assert_fails.ts";

function slotOf(key: string, baseUrl: string, model: string): Uint8Array {
  return new TextEncoder().encode(
    `OPENAI_API_KEY=${key}\nOPENAI_BASE_URL=${baseUrl}\nOPENAI_MODEL=${model}\n`,
  );
}

Deno.test("openKeyPool() gives a gateway the accounts that have keys", async () => {
  await using first = startUpstream(() =>
    Response.json({ error: { message: "Free allocated quota exceeded." } }, {
      status: 429,
    })
  );
  await using second = startUpstream(() => Response.json({ id: "answer" }));
  await using folder = await accountFolder({ keys: [1, 2] });
  const { accounts } = folder.layout;
  await folder.put(
    slotOf("sk-first", first.url, "model-1"),
    `${accounts}/api_key_1.env`,
  );
  await folder.put(
    slotOf("sk-second", second.url, "model-2"),
    `${accounts}/api_key_2.env`,
  );
  const manager = new AccountManager({ dir: folder.path });

  const pool = await openKeyPool(manager);
  const gateway = await startGateway({ pool });
  const response = await fetch(`${gateway.url}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${gateway.token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ model: "model-1", messages: [] }),
  });
  const answer = await response.json();
  await gateway[Symbol.asyncDispose]();
  await pool.end();

  assertEquals(answer, { id: "answer" });
  const [asked] = second.requests;
  assertEquals(asked?.headers.get("authorization"), "Bearer sk-second");
  assertEquals(JSON.parse(asked?.body ?? "").model, "model-2");
  const [left] = await manager.listAccounts();
  assertEquals((left?.cooldownUntil ?? 0) > Date.now(), true);
});

Deno.test("openKeyPool() fails when no account has a key", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const manager = new AccountManager({ dir: folder.path });
  await assertFails(() => openKeyPool(manager), "wrong-kind");
});
