/**
 * Checks that imports point one way, that no files import each other in a
 * circle, and that only `lib/system` names a runtime. Prints each violation as
 * `file:line: message`; the exit code is 1 if there is one.
 *
 * @module
 */

import { filesBelow } from "./files_below.ts";
import { findCircles } from "./find_circles.ts";
import { blankComments, readImports } from "./read_imports.ts";

// A unit is a folder of lib/ or a file directly in it. It may import units of a
// lower rank; units of the same rank know nothing of each other.
const RANKS: Record<string, number> = {
  account_name: -1,
  readiness: -1,
  program: -1,
  strategy_setting: -1,
  "deno.json": 0,
  amounts: 0,
  errors: 0,
  common_errors: 0.5,
  file_url: 0,
  json: 0,
  verdict: 1,
  system: 2,
  process: 3,
  agents: 4,
  setting: 4.4, // what a setting is
  settings: 4.5, // a table that everything from the disk up may read
  setting_lookup: 4.6, // what follows from it
  disk: 5,
  oauth: 5,
  ledger: 6,
  quota: 6.5, // what the traffic of accounts was, and what follows
  notify: 6.6, // tells other programs and services what has changed
  vault: 7,
  accounts: 8,
  doctor: 9,
  gateway: 9,
  run: 10,
  cli: 11,
  mod: 11,
  types: 11,
  "main.ts": 12,
  entry: 12,
};

/** Only `lib/entry.ts`, the entry point of the package, may import these. */
const ONLY_FOR_THE_PACKAGE = new Set(["mod", "types", "file_url"]);

/** Only `update()` may settle, and change the folder of the accounts. */
const ONLY_FOR_UPDATE = [
  "lib/vault/settle/settle.ts",
  "lib/vault/change_folder.ts",
];
const UPDATE = "lib/accounts/update.ts";

/** An agent is pure: from these it may import only types. */
const TYPES_FOR_AGENTS = new Set(["system", "process"]);
const PURE = "lib/system/loopback.ts";

const ENTRY_POINTS = ["main.ts"];

const NAMES_A_RUNTIME = /\b(Deno|Bun)\s*\.|(["'])(Deno|Bun)\2\s+in\b/;
const RUNTIME_MODULE = /^(node|bun):/;
const ENDS_THE_PROCESS = /\b(Deno|process|host)\s*\.\s*exit(Code)?\b/;
const MAY_END_THE_PROCESS = "lib/cli/run.ts";

/** Something that the rules forbid. */
export interface Violation {
  /** The path below the root of the checkout. */
  file: string;
  /** Counted from 1. */
  line: number;
  /** What is wrong. */
  message: string;
}

/** Returns the rules that `source`, the text of `file`, breaks. */
export function checkSource(file: string, source: string): Violation[] {
  const violations: Violation[] = [];
  const unit = unitOf(file);
  const report = (line: number, message: string) =>
    violations.push({ file, line, message });

  if (RANKS[unit] === undefined) report(1, `"${unit}" has no rank`);
  for (const { line, specifier, isType } of readImports(source)) {
    if (RUNTIME_MODULE.test(specifier) && unit !== "system") {
      report(line, `only lib/system may import "${specifier}"`);
    }
    if (!specifier.startsWith(".")) continue;
    const path = resolve(file, specifier);
    if (ONLY_FOR_UPDATE.includes(path) && file !== UPDATE) {
      report(line, `only ${UPDATE} may import ${path}`);
    }
    const target = unitOf(path);
    if (
      unit === "agents" && !isType && path !== PURE &&
      TYPES_FOR_AGENTS.has(target)
    ) {
      report(line, `agents may import only types of ${target}`);
    }
    if (!mayImport(unit, target)) {
      report(line, `${unit} may not import ${target}`);
    }
  }
  if (unit === "system") return violations;
  for (const [index, text] of blankComments(source).split("\n").entries()) {
    if (ENDS_THE_PROCESS.test(text) && file !== MAY_END_THE_PROCESS) {
      report(index + 1, `only ${MAY_END_THE_PROCESS} may end the process`);
    } else if (NAMES_A_RUNTIME.test(text)) {
      report(index + 1, "only lib/system may name a runtime");
    }
  }
  return violations;
}

/** Checks the entry points and every file of `lib/` below `root`. */
export async function checkTree(root: string): Promise<Violation[]> {
  const sources = await readSources(root);
  const violations = [...sources].flatMap(([file, source]) =>
    checkSource(file, source)
  );
  return [...violations, ...checkCircles(sources)];
}

/** Returns the circles in `sources`; types and `import()` count. */
export function checkCircles(
  sources: ReadonlyMap<string, string>,
): Violation[] {
  const imports = [...sources].map(([file, source]) => {
    const targets = readImports(source).map((it) => it.specifier)
      .filter((it) => it.startsWith(".")).map((it) => resolve(file, it));
    return [file, targets] as const;
  });
  return findCircles(new Map(imports)).map((circle) => ({
    file: circle[0] ?? "",
    line: 1,
    message: `these files import each other: ${circle.join(", ")}`,
  }));
}

async function readSources(root: string): Promise<Map<string, string>> {
  const files = [...ENTRY_POINTS, ...await filesBelow(root, "lib", ".ts")];
  const texts = await Promise.all(
    files.map((file) => Deno.readTextFile(`${root}/${file}`)),
  );
  return new Map(files.map((file, at) => [file, texts[at] ?? ""]));
}

function mayImport(unit: string, target: string): boolean {
  const [from, to] = [RANKS[unit], RANKS[target]];
  if (unit === target) return true;
  if (from === undefined || to === undefined) return false;
  if (ONLY_FOR_THE_PACKAGE.has(target)) return unit === "entry";
  return to < from;
}

function unitOf(file: string): string {
  const [top = "", next] = file.split("/");
  if (top === "lib" && next) return next.replace(/\.ts$/, "");
  if (next) return `../${top}`;
  return top;
}

function resolve(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

if (import.meta.main) {
  const violations = await checkTree(".");
  for (const { file, line, message } of violations) {
    console.error(`${file}:${line}: ${message}`);
  }
  if (violations.length > 0) Deno.exit(1);
}
