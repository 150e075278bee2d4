import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { CONTENTS } from "../../scripts/build_binary.ts";
import {
  FIRST_PART,
  fitForRelease,
  makeBundle,
  makeParts,
} from "../../scripts/bundle.ts";
import { run } from "../support/cli.ts";
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

Deno.test("makeParts() makes a program whose first part has no command", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/of_earlier.js`, "");
  await makeParts(dir.path);
  const parts = new Map<string, string>();
  for await (const { name } of Deno.readDir(dir.path)) {
    parts.set(name, await Deno.readTextFile(`${dir.path}/${name}`));
  }
  assertEquals(parts.has("of_earlier.js"), false);
  assert(parts.get(FIRST_PART)?.includes("runMain()"));
  const whole = [...parts.values()].join("\n");
  assertEquals(CONTENTS.filter((it) => !whole.includes(it)), []);
  const command = [...parts].find(([, it]) => it.includes('name: "doctor",'));
  assert(command !== undefined && command[0] !== FIRST_PART, command?.[0]);
});

Deno.test("makeParts() makes a program that reads a key file written by hand", async () => {
  await using dir = await tempDir();
  await makeParts(`${dir.path}/parts`);
  const accounts = `${dir.path}/.qwen/accounts`;
  await Deno.mkdir(accounts, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(
    `${accounts}/api_key_1.env`,
    "OPENAI_API_KEY=key-1 # mine\nOPENAI_BASE_URL=https://provider.invalid/v1\nOPENAI_MODEL=m\n",
    { mode: 0o600 },
  );
  const { stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-qA", "--no-config", `${dir.path}/parts/${FIRST_PART}`, "list"],
    { home: dir.path },
  );
  assertStringIncludes(stdout, "provider.invalid", stderr);
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

Deno.test("fitForRelease() keeps the imports of other parts", () => {
  const text = 'import {\n  a\n} from "./it.js";\nimport "./other.js";\na();\n';
  assertEquals(fitForRelease(text), text);
});

for (
  const text of [
    'import "node:fs";',
    'import fs from "node:fs";',
    'import {\n  a\n} from "node:fs";',
    'import { a } from "../it.js";',
    "// ../../elsewhere/it.js",
  ]
) {
  Deno.test(`fitForRelease() throws when it finds ${text.replaceAll("\n", "")}`, () => {
    assertThrows(() => fitForRelease(text), Error, "Cannot make the bundle");
  });
}
