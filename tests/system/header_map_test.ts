import { assertEquals } from "@std/assert";
import { HeaderMap } from "../../lib/system/header_map.ts";

/** Applies the same calls to a map and to the `Headers` of the runtime. */
function both<T>(use: (headers: Headers) => T): [T, T] {
  return [use(new HeaderMap()), use(new Headers())];
}

const CASES: Record<string, (headers: Headers) => void> = {
  "names in any case": (it) => it.append("X-One", "1"),
  "blanks around a value": (it) => it.append("x-one", " \t1 \t"),
  "several values": (it) => {
    it.append("accept", "a");
    it.append("Accept", "b");
  },
  "several cookies": (it) => {
    it.append("set-cookie", "a=1");
    it.append("set-cookie", "b=2, c");
  },
  "replaced values": (it) => {
    it.append("accept", "a");
    it.append("accept", "b");
    it.set("ACCEPT", "c");
  },
  "replaced cookies": (it) => {
    it.append("set-cookie", "a=1");
    it.set("set-cookie", "b=2");
  },
  "removed fields": (it) => {
    it.append("accept", "a");
    it.append("set-cookie", "a=1");
    it.delete("Accept");
    it.delete("set-cookie");
  },
};

for (const [name, change] of Object.entries(CASES)) {
  Deno.test(`HeaderMap is like Headers with ${name}`, () => {
    const [ours, native] = both((headers) => {
      change(headers);
      const seen: [string, string][] = [];
      headers.forEach((value, key) => seen.push([key, value]));
      return {
        seen,
        entries: [...headers],
        keys: [...headers.keys()],
        values: [...headers.values()],
        cookies: headers.getSetCookie(),
        gets: ["accept", "X-ONE", "Set-Cookie", "none"].map((
          it,
        ) => [headers.get(it), headers.has(it)]),
      };
    });
    assertEquals(ours, native);
  });
}
