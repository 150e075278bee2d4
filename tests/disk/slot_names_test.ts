import { assertEquals } from "@std/assert";
import { slotIndex, slotName } from "../../lib/disk/names.ts";

for (const index of [1, 10, 4_242, 999_999_999]) {
  Deno.test(`slotIndex() reads the name of slot ${index}`, () => {
    assertEquals(slotIndex(slotName(index)), index);
  });
}

for (
  const name of [
    "oauth_creds.json",
    "oauth_creds_0.json",
    "oauth_creds_01.json",
    "oauth_creds_-1.json",
    "oauth_creds_1.5.json",
    "oauth_creds_1.json.bak",
    ".oauth_creds_1.json",
    "oauth_creds_1_json",
    "oauth_creds_1.json\n",
    "api_key_1.env",
  ]
) {
  Deno.test(`slotIndex() does not treat ${JSON.stringify(name)} as a slot`, () => {
    assertEquals(slotIndex(name), undefined);
  });
}
