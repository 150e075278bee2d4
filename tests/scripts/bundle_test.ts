import { assert, assertEquals, assertThrows } from "@std/assert";
import { CONTENTS } from "../../scripts/build_binary.ts";
import { fitForRelease, makeBundle } from "../../scripts/bundle.ts";
import { tempDir } from "../support/temp_dir.ts";

const REQUIRE =
  'import { createRequire as __a } from "node:module";\nvar __b = __a(import.meta.url);\n';

Deno.test("makeBundle() makes an executable file that loads nothing at once", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/it.js`;
  const text = await makeBundle(path);
  assert(text.startsWith("#!/usr/bin/env -S deno run"), text.slice(0, 80));
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o755);
  assertEquals(/^import\b/m.test(text), false);
  assertEquals(text.match(/.*"node:http".*/g), null);
});

Deno.test("makeBundle() makes a file with the text that identifies a binary", async () => {
  await using dir = await tempDir();
  const text = await makeBundle(`${dir.path}/it.js`);
  assertEquals(CONTENTS.filter((it) => !text.includes(it)), []);
});

Deno.test("makeBundle() keeps code that disposes of resources", async () => {
  await using dir = await tempDir();
  const text = await makeBundle(`${dir.path}/it.js`);
  assert(text.includes("using lock = await runtime.files.tryLock("));
});

for (const home of ["x", "a home/.cache"]) {
  Deno.test(`fitForRelease() removes the paths of this machine when they begin with ${home}`, () => {
    const path = `../../${home}/npm/registry.example/uqr/0.1.3/dist/index.mjs`;
    assertEquals(
      fitForRelease(`// ${path}\nvar a;`),
      "// npm/uqr/0.1.3/dist/index.mjs\nvar a;",
    );
  });
}

Deno.test("fitForRelease() makes modules load when they are needed", () => {
  assertEquals(
    fitForRelease(REQUIRE),
    "var __b = (name) => process.getBuiltinModule(name);\n",
  );
});

for (const text of ['import "node:fs";', "// ../../elsewhere/it.js"]) {
  Deno.test(`fitForRelease() throws when it finds ${text}`, () => {
    assertThrows(() => fitForRelease(text), Error, "Cannot make the bundle");
  });
}
