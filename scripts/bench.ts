/**
 * Measures the figures that the README gives for speed: programs against their
 * baselines in turn, and functions with `deno bench`. Prints tables in Markdown
 * and writes them and a JSON file to `bench/`.
 *
 * `--quick` measures less and skips whatever takes minutes; `--only NAME` names
 * a row, or the beginning of its name, and is repeatable (`functions` stands
 * for those of `deno bench`); `--compare FILE` compares with an earlier JSON
 * file of the same machine; `--write` puts the tables into
 * `.github/PERFORMANCE.md`.
 *
 * `--only quota` measures the forecasts of quotas instead, which need no quiet
 * machine: `--scenarios FILE` (default `scripts/bench/quota_scenarios.json`; the
 * format is in `scripts/bench/quota_bench.ts`), `--seed N` (default 1), `--json`
 * for one JSON object. The exit code is 1 if a goal is missed, and 2 if the file
 * cannot be used.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { COMMAND_ROWS } from "./bench/command_rows.ts";
import { EXEC_ROWS } from "./bench/exec_rows.ts";
import { benchFunctions } from "./bench/functions.ts";
import { GATEWAY_ROWS } from "./bench/gateway_rows.ts";
import { LARGE_ROWS } from "./bench/large_rows.ts";
import { describeMachine, requireSameMachine } from "./bench/machine.ts";
import { makePrograms } from "./bench/programs.ts";
import {
  benchQuota,
  formatQuota,
  type ScenarioScore,
} from "./bench/quota_bench.ts";
import {
  compareReports,
  formatReport,
  intoDocument,
  type Report,
} from "./bench/report.ts";
import {
  type FailedRow,
  measureRow,
  type Row,
  type RowResult,
} from "./bench/row.ts";
import { PASS_THROUGH_ROWS } from "./bench/pass_through_rows.ts";
import { SCALE_ROWS } from "./bench/scale_rows.ts";
import { START_ROWS } from "./bench/start_rows.ts";

const ROOT = Deno.realPathSync(new URL("..", import.meta.url));
const DOCUMENT = `${ROOT}/.github/PERFORMANCE.md`;

const ROWS: readonly Row[] = [
  ...START_ROWS,
  ...COMMAND_ROWS,
  ...EXEC_ROWS,
  ...SCALE_ROWS,
  ...LARGE_ROWS,
  ...GATEWAY_ROWS,
  ...PASS_THROUGH_ROWS,
];

/** The name of the functions for `--only`. */
const FUNCTIONS = "functions";

/** The name of the forecasts of quotas for `--only`. */
const QUOTA = "quota";

const SCENARIOS = `${ROOT}/scripts/bench/quota_scenarios.json`;

const ROUNDS = 25;
const QUICK_ROUNDS = 5;

if (import.meta.main) {
  const flags = parseArgs(Deno.args, {
    boolean: ["quick", "write", "json"],
    string: ["only", "compare", "scenarios", "seed"],
    collect: ["only"],
    unknown: (word: string) => fail(`Unknown argument "${word}"`),
  });
  if (flags.only.includes(QUOTA)) {
    Deno.exit(await measureQuota(flags));
  }
  const earlier = flags.compare ? await readReport(flags.compare) : undefined;
  // Before an hour is spent.
  if (earlier) requireSameMachine(await describeMachine(), earlier.machine);
  const report = await measure(flags.only.map(String), flags.quick);
  const tables = formatReport(report);
  await Deno.mkdir(`${ROOT}/bench`, { recursive: true });
  const json = JSON.stringify(report, undefined, 2);
  await Deno.writeTextFile(`${ROOT}/bench/report.json`, `${json}\n`);
  await Deno.writeTextFile(`${ROOT}/bench/report.md`, `${tables}\n`);
  console.log(tables);
  if (earlier) console.log(compareReports(report, earlier).join("\n"));
  if (flags.write) {
    const text = await Deno.readTextFile(DOCUMENT);
    await Deno.writeTextFile(DOCUMENT, intoDocument(text, tables));
    const args = ["fmt", "--quiet", DOCUMENT];
    await new Deno.Command(Deno.execPath(), { args }).output();
  }
}

async function measureQuota(
  { scenarios = SCENARIOS, seed: text = "1", json }: {
    scenarios?: string;
    seed?: string;
    json: boolean;
  },
): Promise<number> {
  const seed = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(seed)) {
    fail(`Cannot use the seed "${text}": it is not a whole number`);
  }
  const scores = await scoresOf(scenarios, seed);
  const misses = scores.filter((it) => it.misses.length > 0);
  const report = { seed, isMet: misses.length === 0, scenarios: scores };
  console.log(json ? JSON.stringify(report) : formatQuota(scores));
  for (const { name, misses: goals } of misses) {
    console.error(`${name}: misses ${goals.join(", ")}`);
  }
  return misses.length === 0 ? 0 : 1;
}

/** Measures the scenarios of a file; ends with 2 if it cannot be used. */
async function scoresOf(path: string, seed: number): Promise<ScenarioScore[]> {
  let file: string;
  try {
    file = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : String(error instanceof Error ? error.message : error);
    return fail(`Cannot read "${path}": ${why}`);
  }
  try {
    return await benchQuota(file, seed);
  } catch (error) {
    if (error instanceof SyntaxError) fail(`${path}: ${error.message}`);
    throw error;
  }
}

async function measure(
  only: readonly string[],
  isQuick: boolean,
): Promise<Report> {
  const isWanted = (name: string) =>
    only.length === 0 || only.some((it) => name.startsWith(it));
  const wanted = ROWS.filter((it) =>
    isWanted(it.name) && (only.length > 0 || !isQuick || !it.isLong)
  );
  if (wanted.length === 0 && !isWanted(FUNCTIONS)) {
    const names = [...ROWS.map((it) => it.name), FUNCTIONS].join(", ");
    fail(`Nothing to measure: there are ${names}`);
  }
  const results = wanted.length > 0 ? await measureRows(wanted, isQuick) : [];
  const rows = results.filter((it) => "ratio" in it);
  const failed = results.filter((it) => "problem" in it);
  const functions = isWanted(FUNCTIONS) ? await benchFunctions() : [];
  const time = new Date().toISOString();
  const machine = await describeMachine();
  return { time, machine, rows, failed, functions };
}

async function measureRows(
  rows: readonly Row[],
  isQuick: boolean,
): Promise<(RowResult | FailedRow)[]> {
  await using programs = await makePrograms();
  const rounds = isQuick ? QUICK_ROUNDS : ROUNDS;
  const results: (RowResult | FailedRow)[] = [];
  for (const row of rows) {
    const result = await measureRow(row, { programs, rounds, isQuick });
    results.push(result);
    console.error(`${row.name}: ${outcomeOf(result)}`);
  }
  return results;
}

function outcomeOf(result: RowResult | FailedRow): string {
  if ("problem" in result) return result.problem;
  const met = result.isMet ? "met" : "not met";
  return `x ${result.ratio.median.toFixed(2)}, ${met}`;
}

async function readReport(path: string): Promise<Report> {
  return JSON.parse(await Deno.readTextFile(path));
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(2);
}
