/**
 * Runs the tests where they cannot reach the home of the one who runs them,
 * and ends with a line `N passed, N failed`.
 *
 * `--coverage` adds the table of what the tests and their child processes cover
 * of `lib/`. Other arguments go to `deno test`; paths replace `tests/`.
 *
 * @module
 */

import { denoDir } from "./deno_dir.ts";
import { changedPaths, describeTree } from "./real_home.ts";
import { readSummary } from "./test_summary.ts";

const COVERAGE = "coverage";

// Without the report, which would be of the tests and scripts too.
const COVERAGE_OPTIONS = [
  `--coverage=${COVERAGE}`,
  "--coverage-raw-data-only",
  "--clean",
];

const LEADS_TO_AN_ACCOUNT =
  /^(ACCOUNT_QWEN|QWEN|OPENAI|DASHSCOPE|BAILIAN)(_|$)/;

const home = Deno.env.get("HOME");
const realFolder = `${home}/.qwen`;
const before = home ? await describeTree(realFolder) : [];
const noHome = await makeNoHome();

// The tests run `account-qwen` with `--cached-only`: else a child could say on
// stderr that it downloads, as Deno may ask npm again for what it has (2.9.6).
await run(["install", "--quiet"]);
const env = await testEnvironment();
const test = await run(testArguments(Deno.args), env);
const { passed, failed } = readSummary(test.output, test.success);
if (Deno.args.includes("--coverage")) {
  await run(["coverage", "--include=/lib/", COVERAGE], env);
}

const after = home ? await describeTree(realFolder) : [];
const touched = [
  ...changedPaths(before, after),
  ...changedPaths(noHome.tree, await describeTree(noHome.path)),
];
await Deno.remove(noHome.path, { recursive: true });
for (const path of touched) console.error(`A test touched "${path}"`);
console.log(`${passed} passed, ${failed + touched.length} failed`);
Deno.exit(failed + touched.length > 0 ? 1 : 0);

// A home in which `~/.qwen` is a file, so that whatever reaches for an account
// fails. Deno itself must be able to look for its settings, so there is one.
async function makeNoHome(): Promise<{ path: string; tree: string[] }> {
  const path = await Deno.makeTempDir({ prefix: "no-home-for-tests-" });
  await Deno.writeTextFile(`${path}/.qwen`, "The real home is off limits\n");
  return { path, tree: await describeTree(path) };
}

function testArguments(args: readonly string[]): string[] {
  const options = args.filter((it) => it !== "--coverage");
  if (options.every((it) => it.startsWith("-"))) options.push("tests/");
  return [
    "test",
    ...["-A", "--sanitize-ops", "--sanitize-resources", "--parallel"],
    ...(args.includes("--coverage") ? COVERAGE_OPTIONS : []),
    ...options,
  ];
}

async function testEnvironment(): Promise<Record<string, string>> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    if (LEADS_TO_AN_ACCOUNT.test(name)) delete env[name];
  }
  env.HOME = noHome.path;
  env.DENO_DIR = await denoDir();
  // Many wait for a program, which takes no processor: one file more at a time.
  env.DENO_JOBS ??= String(navigator.hardwareConcurrency + 1);
  // The end-to-end tests call npm, which has its registry from here.
  env.npm_config_userconfig ??= `${home}/.npmrc`;
  if (!Deno.stdout.isTerminal()) env.NO_COLOR = "1";
  return env;
}

async function run(
  args: readonly string[],
  env = Deno.env.toObject(),
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const [shown, kept] = child.stdout.tee();
  const [output] = await Promise.all([
    new Response(kept).text(),
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
  ]);
  return { success: (await child.status).success, output };
}
