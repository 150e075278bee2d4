import { assertEquals } from "@std/assert";
import { isExcepted } from "../../lib/system/network.ts";

const URL_OF = "https://api.example.com/v1";

const LISTS: Record<string, boolean> = {
  "": false,
  "*": true,
  "api.example.com": true,
  "API.example.com": true,
  "example.com": false,
  ".example.com": true,
  "*.example.com": true,
  "other.example, .example.com": true,
  "other.example api.example.com": true,
  "api.example.com:443": true,
  "api.example.com:8443": false,
  "pi.example.com": false,
};

for (const [list, expected] of Object.entries(LISTS)) {
  Deno.test(`isExcepted() returns ${expected} for "${list}"`, () => {
    assertEquals(isExcepted(new URL(URL_OF), list), expected);
  });
}
