/**
 * Checks what the tests import from the inside of the library. Tests hold
 * behaviour by the command, the entry points of the package and the files on
 * the disk. Only these may import from `lib/accounts`, `lib/ledger`, `lib/run`
 * and `lib/vault`:
 *
 * - the torture suite and the suite of the agents, anything;
 * - the contract suite of a folder, `tests/<folder>/contract/`, its folder;
 * - a test named after a file of its folder, the pure functions of that file.
 *
 * Types of the folder do not count. Prints each violation as `file:line:
 * message`; the exit code is 1 if there is one.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";
import { blankComments, readImports } from "./read_imports.ts";

/** An import that the rules forbid. */
export interface Violation {
  /** The path below the root of the checkout. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** What is wrong. */
  message: string;
}

const GUARDED = /^lib\/(accounts|ledger|run|vault)\//;
const CONTRACT = /^tests\/(\w+)\/contract\//;
const TEST_OF_A_FILE = /^tests\/(\w+)\/(\w+)_test\.ts$/;
const NAMED_IMPORT = /^import\s+\{([^}]*)\}\s+from\s+"([^"]+)"/gm;
const ACTS =
  /^export\s+(?:async\s+function\*?|class|abstract\s+class)\s+(\w+)/gm;

const FREE = "tests/torture/";

/** One suite for all agents; it runs each of them. */
const AGENTS = "tests/agents/conformance.ts";

/**
 * Returns the imports in `source`, the text of the test `file`, that the rules
 * forbid. `textOf` reads a file of `lib/`.
 */
export function checkTest(
  file: string,
  source: string,
  textOf: (path: string) => string,
): Violation[] {
  if (file.startsWith(FREE) || file === AGENTS) return [];
  const suite = CONTRACT.exec(file)?.[1];
  const violations: Violation[] = [];
  for (const { line, specifier, isType } of readImports(source)) {
    const report = (message: string) =>
      violations.push({ file, line, message });
    if (!specifier.startsWith(".")) continue;
    const path = new URL(specifier, `file:///${file}`).pathname.slice(1);
    const other = CONTRACT.exec(path)?.[1];
    if (other !== undefined && other !== suite) {
      report(`only its own suite may import ${path}`);
    }
    const folder = GUARDED.exec(path)?.[1];
    if (folder === undefined || folder === suite) continue;
    const [, own, name = ""] = TEST_OF_A_FILE.exec(file) ?? [];
    if (own === folder && isType) continue;
    if (own !== folder || !isNamedAfter(name, path)) {
      report(`this test may not import ${path}`);
      continue;
    }
    for (const it of actingAmong(namesFrom(source, specifier), textOf(path))) {
      report(`${it} of ${path} is not a pure function`);
    }
  }
  return violations;
}

/** Whether a test called `name` is one of the file at `path`. */
function isNamedAfter(name: string, path: string): boolean {
  const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  return name === stem || name.startsWith(`${stem}_`);
}

/** The values that `source` imports by name from `specifier`. */
function namesFrom(source: string, specifier: string): string[] {
  return [...blankComments(source).matchAll(NAMED_IMPORT)]
    .filter(([, , from]) => from === specifier)
    .flatMap(([, names = ""]) => names.split(","))
    .map((it) => it.trim().split(" as ")[0] ?? "")
    .filter((it) => it !== "" && !it.startsWith("type "));
}

/** Returns the `names` that `text` declares as asynchronous, or as a class. */
function actingAmong(names: readonly string[], text: string): string[] {
  const acting = new Set([...text.matchAll(ACTS)].map(([, name]) => name));
  return names.filter((it) => acting.has(it));
}

/** Checks every file of `tests/` below `root`. */
export async function checkTests(root: string): Promise<Violation[]> {
  const files = await filesBelow(root, "tests", ".ts");
  return files.flatMap((file) =>
    checkTest(
      file,
      Deno.readTextFileSync(`${root}/${file}`),
      (path) => Deno.readTextFileSync(`${root}/${path}`),
    )
  );
}

if (import.meta.main) {
  const violations = await checkTests(".");
  for (const { file, line, message } of violations) {
    console.error(`${file}:${line}: ${message}`);
  }
  if (violations.length > 0) Deno.exit(1);
}
