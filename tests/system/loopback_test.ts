import { assertEquals } from "@std/assert";
import { isPlainLoopback } from "../../lib/system/loopback.ts";

const URLS: Record<string, boolean> = {
  "http://localhost:1": true,
  "http://127.0.0.1": true,
  "http://127.1:2": true,
  "http://[::1]:1": true,
  "https://localhost:1": false,
  "http://0.0.0.0": false,
  "http://localhost.example": false,
  "http://127.0.0.1.example": false,
  "http://user.localhost": false,
  "http://[::ffff:127.0.0.1]": false,
};

for (const [url, expected] of Object.entries(URLS)) {
  Deno.test(`isPlainLoopback() returns ${expected} for ${url}`, () => {
    assertEquals(isPlainLoopback(new URL(url)), expected);
  });
}
