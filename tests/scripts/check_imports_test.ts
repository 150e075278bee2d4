import { assertEquals } from "@std/assert";
import {
  checkCircles,
  checkSource,
  checkTree,
} from "../../scripts/check_imports.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const FORBIDDEN = [
  {
    name: "an import that points upward",
    file: "lib/vault/logins/credential_file.ts",
    source: 'import { select } from "../../accounts/select.ts";\n',
    expected: "lib/vault/logins/slots.ts:1: vault may not import accounts",
  },
  {
    name: "an import over several lines, at its first line",
    file: "lib/errors.ts",
    source:
      '/** Errors. */\nimport {\n  type A,\n  b,\n} from "./system/system.ts";\n',
    expected: "lib/errors.ts:2: errors may not import system",
  },
  {
    name: "a re-export that points upward",
    file: "lib/run/qwen_wrapper.ts",
    source: 'export * from "../cli/run.ts";\n',
    expected: "lib/run/qwen_wrapper.ts:1: run may not import cli",
  },
  {
    name: "an import() that points upward",
    file: "lib/accounts/select.ts",
    source: 'const a = 1;\nconst b = await import("../run/b.ts");\n',
    expected: "lib/accounts/select.ts:2: accounts may not import run",
  },
  {
    name: "the types of a neighbour",
    file: "lib/disk/lock.ts",
    source: 'import type { Token } from "../oauth/token.ts";\n',
    expected: "lib/disk/lock.ts:1: disk may not import oauth",
  },
  {
    name: "an agent that acts",
    file: "lib/agents/qwen/agent.ts",
    source: 'import { runtime } from "../../system/mod.ts";\n',
    expected:
      "lib/agents/qwen/agent.ts:1: agents may import only types of system",
  },
  {
    name: "an agent in the verdict",
    file: "lib/verdict/classify.ts",
    source: 'import { findPreset } from "../agents/presets.ts";\n',
    expected: "lib/verdict/classify.ts:1: verdict may not import agents",
  },
  {
    name: "the command line in the public API",
    file: "lib/mod.ts",
    source: 'export { run } from "./cli/run.ts";\n',
    expected: "lib/mod.ts:1: mod may not import cli",
  },
  {
    name: "a folder without a rank",
    file: "lib/util/text.ts",
    source: "",
    expected: 'lib/util/text.ts:1: "util" has no rank',
  },
  {
    name: "an import from outside lib/",
    file: "lib/vault/logins/credential_file.ts",
    source: 'import { tempDir } from "../../../tests/support/temp_dir.ts";\n',
    expected: "lib/vault/logins/slots.ts:1: vault may not import ../tests",
  },
  {
    name: "a module of a runtime",
    file: "lib/disk/lock.ts",
    source: 'import { open } from "node:fs";\n',
    expected: 'lib/disk/lock.ts:1: only lib/system may import "node:fs"',
  },
  {
    name: "the name of a runtime",
    file: "lib/cli/run.ts",
    source: "const a = 1;\nconst home = Deno.env.get(name);\n",
    expected: "lib/cli/run.ts:2: only lib/system may name a runtime",
  },
  {
    name: "a test for a runtime",
    file: "lib/cli/run.ts",
    source: 'const isDeno = "Deno" in globalThis;\n',
    expected: "lib/cli/run.ts:1: only lib/system may name a runtime",
  },
  {
    name: "the end of the process",
    file: "lib/cli/screen/report.ts",
    source: "export const end = () => runtime.host.exit(1);\n",
    expected:
      "lib/cli/screen/report.ts:1: only lib/cli/run.ts may end the process",
  },
  {
    name: "the end of the process in main.ts",
    file: "main.ts",
    source: "Deno.exit(1);\n",
    expected: "main.ts:1: only lib/cli/run.ts may end the process",
  },
  {
    name: "a second file that settles",
    file: "lib/accounts/restore.ts",
    source: 'import { settle } from "../vault/settle/settle.ts";\n',
    expected: "lib/accounts/restore.ts:1: only lib/accounts/update.ts may " +
      "import lib/vault/settle/settle.ts",
  },
  {
    name: "a second importer of the file that knows its own URL",
    file: "main.ts",
    source: 'import { fileUrl } from "./lib/file_url.ts";\n',
    expected: "main.ts:1: main.ts may not import file_url",
  },
];

for (const { name, file, source, expected } of FORBIDDEN) {
  Deno.test(`checkSource() reports ${name}`, () => {
    const found = checkSource(file, source).map((it) =>
      `${it.file}:${it.line}: ${it.message}`
    );
    assertEquals(found, [expected]);
  });
}

const ALLOWED = [
  {
    name: "imports that point downward",
    file: "lib/vault/logins/credential_file.ts",
    source: 'import { a } from "../../system/mod.ts";\n' +
      'import { b } from "@std/yaml";\nimport { c } from "./layout.ts";\n',
  },
  {
    name: "types of the system in an agent",
    file: "lib/agents/agent.ts",
    source: 'import type { Spool } from "../process/spool.ts";\n' +
      'import { isLoopback } from "../system/loopback.ts";\n',
  },
  {
    name: "a runtime that only a comment names",
    file: "lib/disk/lock.ts",
    source: "// Deno.flock is gone.\n/**\n * Deno.exit()\n */\n",
  },
  {
    name: "the only file that ends the process",
    file: "lib/cli/run.ts",
    source: "runtime.host.exit(0);\n",
  },
  {
    name: "the public API and the command line in the entry point",
    file: "lib/entry.ts",
    source: 'export * from "./mod.ts";\nimport("./cli/run.ts");\n',
  },
];

for (const { name, file, source } of ALLOWED) {
  Deno.test(`checkSource() allows ${name}`, () => {
    assertEquals(checkSource(file, source), []);
  });
}

Deno.test("check_imports.ts exits with 1 and names the line", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/lib/vault`, { recursive: true });
  await Deno.writeTextFile(`${dir.path}/main.ts`, "");
  await Deno.writeTextFile(`${dir.path}/mod.ts`, "");
  const path = "lib/vault/slots.ts";
  const source = '\nimport { run } from "../cli/run.ts";\n';
  await Deno.writeTextFile(`${dir.path}/${path}`, source);
  const script = `${CHECKOUT}/scripts/check_imports.ts`;
  const { code, stderr } = await run(
    Deno.execPath(),
    ["run", "--no-config", "--allow-read", script],
    { home: dir.path },
  );
  assertEquals(stderr, `${path}:2: vault may not import cli\n`);
  assertEquals(code, 1);
});

const CIRCLES = {
  "values": 'import { b } from "./b.ts";\n',
  "types": 'import type { B } from "./b.ts";\n',
  "an export": 'export { b } from "./b.ts";\n',
  "an import()": 'const load = () => import("./b.ts");\n',
};

for (const [what, source] of Object.entries(CIRCLES)) {
  Deno.test(`checkCircles() reports a circle that is closed by ${what}`, () => {
    const found = checkCircles(
      new Map([
        ["lib/vault/a.ts", source],
        ["lib/vault/b.ts", 'import { c } from "./c.ts";\n'],
        ["lib/vault/c.ts", 'import { a } from "./a.ts";\n'],
        ["lib/vault/d.ts", 'import { a } from "./a.ts";\n'],
      ]),
    );
    const circle = "lib/vault/a.ts, lib/vault/b.ts, lib/vault/c.ts";
    assertEquals(found.map((it) => it.message), [
      `these files import each other: ${circle}`,
    ]);
  });
}

Deno.test("checkCircles() reports nothing when two paths lead to one file", () => {
  const found = checkCircles(
    new Map([
      ["lib/vault/a.ts", 'import "./b.ts";\nimport "./c.ts";\n'],
      ["lib/vault/b.ts", 'import { c } from "./c.ts";\n'],
      ["lib/vault/c.ts", ""],
    ]),
  );
  assertEquals(found, []);
});

Deno.test("checkTree() finds nothing in this checkout", async () => {
  assertEquals(await checkTree(CHECKOUT), []);
});
