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

const dir = await Deno.makeTempDir({ prefix: "account-qwen-test-" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(dir, { recursive: true }),
);
const bundle = await makeBundle(`${dir}/it.js`);
const parts = `${dir}/parts`;
await Deno.mkdir(parts);
await Deno.writeTextFile(`${parts}/of_earlier.js`, "");
await makeParts(parts);

Deno.test("makeBundle() makes an executable file that loads nothing at once", async () => {
  assertEquals(bundle, await Deno.readTextFile(`${dir}/it.js`));
  assert(bundle.startsWith("#!/usr/bin/env -S deno run"), bundle.slice(0, 80));
  assertEquals(((await Deno.stat(`${dir}/it.js`)).mode ?? 0) & 0o777, 0o755);
  assertEquals(/^import\b/m.test(bundle), false);
  assertEquals(bundle.match(/.*"node:http".*/g), null);
});

Deno.test("makeBundle() makes a file of ASCII", () => {
  assertEquals(bundle.match(/[\u0080-\uffff]/g), null);
});

for (
  const [what, code] of Object.entries({
    "a string": '"café 💡"',
    "a template": "`café ${1} 💡`",
    "a pattern": "/[à-ï💡]{2}/u.exec('xé💡')[0]",
    "a pattern without a flag": "/💡+/.exec('x💡')[0]",
    "a comment": "1 // 💡",
  })
) {
  Deno.test(`fitForRelease() keeps the meaning of ${what} that is not ASCII`, () => {
    const fit = fitForRelease(code);
    assertEquals(/[\u0080-\uffff]/.test(fit), false, fit);
    assertEquals((0, eval)(fit), (0, eval)(code));
  });
}

Deno.test("fitForRelease() refuses a raw text that is not ASCII", () => {
  assertThrows(
    () => fitForRelease("String.raw`a é`;"),
    Error,
    "a raw text is not ASCII",
  );
  assertEquals(
    fitForRelease("String.raw`a`; b = `é`"),
    "String.raw`a`; b = `\\u00e9`",
  );
});

Deno.test("makeBundle() makes a file with the text that identifies a binary", () => {
  assertEquals(CONTENTS.filter((it) => !bundle.includes(it)), []);
});

Deno.test("makeBundle() keeps code that disposes of resources", () => {
  assert(bundle.includes("using lock = await runtime.files.tryLock("));
});

Deno.test("makeParts() makes a program whose first part has no command", async () => {
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(parts)) {
    texts.set(name, await Deno.readTextFile(`${parts}/${name}`));
  }
  assertEquals(texts.has("of_earlier.js"), false);
  assert(texts.get(FIRST_PART)?.includes("runMain()"));
  const whole = [...texts.values()].join("\n");
  assertEquals(CONTENTS.filter((it) => !whole.includes(it)), []);
  const command = [...texts].find(([, it]) => it.includes('name: "doctor",'));
  assert(command !== undefined && command[0] !== FIRST_PART, command?.[0]);
});

Deno.test("makeParts() makes a program that reads a key file written by hand", async () => {
  await using home = await tempDir();
  const accounts = `${home.path}/.qwen/accounts`;
  await Deno.mkdir(accounts, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(
    `${accounts}/api_key_1.env`,
    "OPENAI_API_KEY=key-1 # mine\nOPENAI_BASE_URL=https://provider.invalid/v1\nOPENAI_MODEL=m\n",
    { mode: 0o600 },
  );
  const { stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-qA", "--no-config", `${parts}/${FIRST_PART}`, "list"],
    { home: home.path },
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
