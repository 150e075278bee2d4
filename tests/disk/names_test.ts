import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  basename,
  dated,
  dirname,
  replacedBy,
  temporaryName,
} from "../../lib/disk/names.ts";

const PATHS = [
  ["/a/b", "/a", "b"],
  ["a/b", "a", "b"],
  ["/a", "/", "a"],
  ["a", ".", "a"],
] as const;

for (const [path, folder, name] of PATHS) {
  Deno.test(`dirname() and basename() split ${path}`, () => {
    assertEquals(dirname(path), folder);
    assertEquals(basename(path), name);
  });
}

Deno.test("temporaryName() returns a hidden name beside the path", () => {
  const name = temporaryName("/a/oauth_creds.json");
  assertEquals(dirname(name), "/a");
  assert(basename(name).startsWith(".oauth_creds.json."));
});

Deno.test("temporaryName() returns a different name each time", () => {
  assertNotEquals(temporaryName("/a/b"), temporaryName("/a/b"));
});

Deno.test("replacedBy() returns the name that a temporary name would have replaced", () => {
  assertEquals(replacedBy(basename(temporaryName("/a/b.json"))), "b.json");
});

for (
  const name of [
    "oauth_creds.json",
    ".oauth_creds.json.tmp",
    ".oauth_creds.json.0123456789abcde.tmp",
    ".oauth_creds.json.0123456789abcdeg.tmp",
    "oauth_creds.json.0123456789abcdef.tmp",
    "..0123456789abcdef.tmp",
  ]
) {
  Deno.test(`replacedBy() does not treat ${name} as a temporary name`, () => {
    assertEquals(replacedBy(name), undefined);
  });
}

Deno.test("dated() returns names that sort by time", () => {
  const moments = [
    Date.UTC(2026, 10, 21, 8, 35, 0, 123),
    Date.UTC(2026, 10, 21, 8, 35, 0, 124),
    Date.UTC(2026, 10, 21, 18, 35),
    Date.UTC(2027, 0, 1),
  ];
  const names = moments.map(dated);
  assertEquals(names[0], "20261121T083500123Z");
  assertEquals(names.toSorted(), names);
});
