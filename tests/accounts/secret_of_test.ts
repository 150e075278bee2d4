import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import { accountFolder, credential, text } from "../support/account_folder.ts";
import { accessToken } from "../support/home.ts";
import { managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const ADDRESSES: Record<string, string> = {
  "portal.qwen.ai": "https://portal.qwen.ai/v1",
  "https://portal.qwen.ai/v1": "https://portal.qwen.ai/v1",
  "http://127.0.0.1:8080/x": "http://127.0.0.1:8080/x/v1",
  "": "https://dashscope.aliyuncs.com/compatible-mode/v1",
};

for (const [resourceUrl, baseUrl] of Object.entries(ADDRESSES)) {
  Deno.test(`readLogin() completes the address "${resourceUrl}" as the agent does`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await folder.put(withAddress(resourceUrl), slotPath(folder.layout, 1));
    assertEquals(await managerOf(folder).readLogin(1), {
      accessToken: accessToken(1),
      baseUrl,
    });
  });
}

for (const resourceUrl of ["http://portal.qwen.ai", "https://a b"]) {
  Deno.test(`readLogin() rejects the address "${resourceUrl}"`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await folder.put(withAddress(resourceUrl), slotPath(folder.layout, 1));
    await assertFails(
      () => managerOf(folder).readLogin(1),
      "invalid-credential",
      "it has an address that is not https",
    );
  });
}

Deno.test("readLogin() rejects when the account has a key", async () => {
  await using folder = await accountFolder({ accounts: [1], keys: [2] });
  const manager = managerOf(folder);
  await assertFails(() => manager.readLogin(2), "has-key");
});

function withAddress(resource_url: string): Uint8Array {
  const login = { ...JSON.parse(text(credential(1))), resource_url };
  return new TextEncoder().encode(JSON.stringify(login));
}
