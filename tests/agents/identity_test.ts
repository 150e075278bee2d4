import { assert, assertEquals } from "@std/assert";
import { maskEmail, maskKey } from "../../lib/agents/identity.ts";

const KEYS: Record<string, string> = {
  "sk-0123456789abcdef0123cafe": "sk-…cafe",
  "sk-sp-0123456789abcdef0123cafe": "sk-sp-…cafe",
  "sk-or-v1-0123456789abcdef0123cafe": "sk-or-v1-…cafe",
  "ms-01234567-89ab-cdef-0123-456789abcdef": "ms-…cdef",
  "0123456789abcdef0123cafe": "…cafe",
  "sk-0123456789abcdef123": "sk-…",
  "sk-": "sk-…",
  "hunter2": "…",
  "": "…",
};

for (const [key, shown] of Object.entries(KEYS)) {
  Deno.test(`maskKey() returns ${shown} for a key of ${key.length} characters`, () => {
    assertEquals(maskKey(key), shown);
  });
}

Deno.test("maskKey() never shows more than 4 characters of a key without a prefix", () => {
  for (let length = 0; length < 200; length++) {
    const shown = maskKey("x".repeat(length)).replaceAll("…", "");
    assert(shown.length <= 4, `${shown.length} of ${length} letters`);
  }
});

const ADDRESSES: Record<string, string> = {
  "anna@example.com": "a…@example.com",
  "a@example.com": "a…@example.com",
  "名前@example.com": "名…@example.com",
  "🦕x@example.com": "🦕…@example.com",
  '"a@b"@example.com': '"…@example.com',
  "@example.com": "…",
  "anna": "…",
  "": "…",
};

for (const [address, shown] of Object.entries(ADDRESSES)) {
  Deno.test(`maskEmail() returns ${shown} for "${address}"`, () => {
    assertEquals(maskEmail(address), shown);
  });
}
