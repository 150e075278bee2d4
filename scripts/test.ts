/**
 * Runs tests in their own home, and ends with a line `N passed, N failed`.
 *
 * `--all` runs all of them instead of those of `task test`; paths select files
 * and folders. `--coverage` adds a table that shows how much of `lib/` the
 * tests and their child processes cover. Other options are passed to `deno
 * test`.
 *
 * @module
 */

import { makeBundle } from "./bundle.ts";
import { denoDir } from "./deno_dir.ts";
import {
  type Durations,
  GroupReader,
  shareFiles,
  writeGroups,
} from "./test_groups.ts";
import { installForTests } from "./test_installs.ts";
import { makeTestHome } from "./test_home.ts";
import { filesIn, testFiles } from "./test_lanes.ts";
import { TestReport } from "./test_report.ts";

const ROOT = Deno.realPathSync(new URL("..", import.meta.url));
const LOG = `${ROOT}/.cache/test.log`;
const DURATIONS = `${ROOT}/.cache/test_durations.json`;
const COVERAGE = "coverage";

// Without the report, which would include the tests and scripts.
const COVERAGE_OPTIONS = [
  `--coverage=${COVERAGE}`,
  "--coverage-raw-data-only",
  "--clean",
];

const LEADS_TO_AN_ACCOUNT =
  /^(ACCOUNT_QWEN|QWEN|CODEX|OPENAI|DASHSCOPE|BAILIAN)(_|$)/;

Deno.exit(await runTests(Deno.args) ? 0 : 1);

async function runTests(args: readonly string[]): Promise<boolean> {
  const isCovered = args.includes("--coverage");
  const lane = args.includes("--all") ? "test:all" : "test";
  const options = args.filter((it) => !["--coverage", "--all"].includes(it));
  const paths = options.filter((it) => !it.startsWith("-"));
  const isLane = paths.length === 0;

  const folder = await Deno.makeTempDir({ prefix: "account-qwen-tests-" });
  const realHome = Deno.env.get("HOME") ?? "/";
  const home = await makeTestHome(folder, realHome);
  const env = await testEnvironment(folder, { home: home.path, realHome });
  // The tests run `account-qwen` with `--cached-only`.
  await run([Deno.execPath(), "install", "--quiet"]);
  if (isLane) {
    await installForTests(lane);
    // It starts twice as fast as `main.ts`, and the tests start it a thousand
    // times.
    if (!isCovered) {
      env.TEST_MAIN = `${folder}/account-qwen.js`;
      await makeBundle(env.TEST_MAIN);
      if (lane === "test") env.TEST_IN_PROCESS = "1"; // see tests/support/cli.ts
    }
  }

  const files = isLane
    ? await testFiles(ROOT, lane)
    : filesIn(await testFiles(ROOT, "test:all"), paths);
  const report = new TestReport(files.length, (it) => console.log(it));
  const reader = new GroupReader();
  const durations = await readDurations();
  // An option such as `--filter` would drop the tests that mark the files.
  const groups = options.length > 0 ? [] : shareFiles(files, {
    jobs: Number(env.DENO_JOBS),
    durations,
  });
  const success = await run([
    ...[...home.command, Deno.execPath(), "test", "--quiet", "-A"],
    ...["--sanitize-ops", "--sanitize-resources", "--parallel"],
    ...(isCovered ? COVERAGE_OPTIONS : []),
    ...options,
    // Checking the types of all files takes a minute; `task check` does it.
    ...(isLane ? ["--no-check", "--config", "deno.json"] : []),
    ...await writeGroups(groups, { root: ROOT, folder }),
    ...(isLane && groups.length === 0 ? files : []),
  ], {
    env,
    onLine(printed) {
      const line = reader.read(printed);
      if (line !== undefined) report.read(line);
      return line;
    },
  });
  await writeDurations({ ...durations, ...reader.durations });
  if (isCovered) {
    await run([Deno.execPath(), "coverage", "--include=/lib/", COVERAGE]);
  }

  const counts = report.counts(success);
  const written = await home.written();
  for (const it of written) console.log(`A test wrote ${it}`);
  const notRun = await readNotRun(folder);
  for (const [needs, count] of Object.entries(notRun)) {
    console.log(`not run: ${count} tests, needs ${needs}`);
  }
  await Deno.remove(folder, { recursive: true });
  const unwanted = Deno.env.get("CI") === "true"
    ? Object.values(notRun).reduce((sum, it) => sum + it, 0)
    : 0;
  const failed = counts.failed + written.length + unwanted;
  const skipped = counts.ignored - unwanted;
  if (failed > 0) console.log(`Everything that was printed is in ${LOG}`);
  console.log(
    `${counts.passed} passed, ${failed} failed` +
      (skipped > 0 ? `, ${skipped} skipped` : ""),
  );
  return failed === 0;
}

async function testEnvironment(
  folder: string,
  { home, realHome }: { home: string; realHome: string },
): Promise<Record<string, string>> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    if (LEADS_TO_AN_ACCOUNT.test(name)) delete env[name];
  }
  env.HOME = home;
  env.TZ = "UTC"; // times on screens are local ones
  env.TEST_RUN_FOLDER = folder;
  env.DENO_DIR = await denoDir();
  env.DENO_NO_UPDATE_CHECK = "1";
  // Many tests only wait for a program: run two files more at a time.
  env.DENO_JOBS ??= String(navigator.hardwareConcurrency + 2);
  // The end-to-end tests call npm, which gets its registry from here.
  env.npm_config_userconfig ??= `${realHome}/.npmrc`;
  if (!Deno.stdout.isTerminal()) env.NO_COLOR = "1";
  return env;
}

/** Returns how many tests were not run for each missing program. */
async function readNotRun(folder: string): Promise<Record<string, number>> {
  const text = await Deno.readTextFile(`${folder}/not-run`).catch(() => "");
  const lines = text.split("\n").filter((it) => it !== "");
  const found: Record<string, number> = {};
  for (const it of lines) found[it] = (found[it] ?? 0) + 1;
  return found;
}

async function readDurations(): Promise<Durations> {
  try {
    return JSON.parse(await Deno.readTextFile(DURATIONS));
  } catch {
    return {}; // there are none, or a run was killed while it wrote them
  }
}

async function writeDurations(durations: Durations): Promise<void> {
  const text = JSON.stringify(durations, undefined, 1);
  await Deno.writeTextFile(DURATIONS, `${text}\n`);
}

interface RunOptions {
  env?: Record<string, string>;
  /**
   * Called with each line of stdout; returns what to log.
   *
   * @default prints it
   */
  onLine?: (line: string) => string | undefined;
}

async function run(
  [program = "", ...args]: readonly string[],
  { env = Deno.env.toObject(), onLine }: RunOptions = {},
): Promise<boolean> {
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env,
    cwd: ROOT,
    stdin: "null",
    stdout: onLine ? "piped" : "inherit",
  }).spawn();
  if (onLine) await readLines(child.stdout, onLine);
  return (await child.status).success;
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => string | undefined,
): Promise<void> {
  await Deno.mkdir(`${ROOT}/.cache`, { recursive: true });
  using log = await Deno.create(LOG);
  const encoder = new TextEncoder();
  const take = (line: string) => {
    const logged = onLine(line);
    if (logged !== undefined) log.writeSync(encoder.encode(`${logged}\n`));
  };
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest) take(rest);
}
