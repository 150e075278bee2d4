import { testFile } from "./checkout.ts";
import { bunFor } from "../../scripts/bun_package.ts";
import { targetHere } from "../../scripts/targets.ts";
import { coveredDenoEnv, denoEnv } from "./deno_env.ts";
import { run, type RunOptions, type RunResult } from "./cli.ts";

/** A runtime for JavaScript and TypeScript. */
export interface TestRuntime {
  /** Its name. */
  name: "Deno" | "Bun";
  /** The command line before the path of a file. */
  command: readonly string[];
  /** Environment variables that it needs. */
  env: Readonly<Record<string, string>>;
}

const DENO = [Deno.execPath(), "run", "--cached-only", "-A"];

/** Returns Deno and Bun; the first call may download Bun from npm. */
export async function testRuntimes(): Promise<TestRuntime[]> {
  const bun = await bunFor(targetHere());
  return [
    {
      name: "Deno",
      command: DENO,
      env: await denoEnv(),
    },
    {
      name: "Bun",
      // It would read a file `.env` in the working folder, which we must not.
      command: [bun, "--no-env-file", "--config=/dev/null"],
      env: {},
    },
  ];
}

/** How to run a fixture. */
export interface FixtureOptions extends RunOptions {
  /** A command of sh(1) to run first, in the same process. */
  before?: string;
}

/** The command line of a TypeScript file of `tests/fixtures/`. */
export function fixtureCommand(
  { command }: TestRuntime,
  name: string,
  args: readonly string[],
): string[] {
  return [...command, testFile(`fixtures/${name}`), ...args];
}

/** Runs a TypeScript file of `tests/fixtures/` in its own process. */
export async function runFixtureWith(
  runtime: TestRuntime,
  name: string,
  args: readonly string[],
  { before = ":", ...options }: FixtureOptions,
): Promise<RunResult> {
  const command = fixtureCommand(runtime, name, args);
  const script = `${before}; exec "$@"`;
  const env = { ...runtime.env, ...options.env };
  return await run("sh", ["-c", script, "sh", ...command], { ...options, env });
}

/** Runs it with Deno, and records its coverage. */
export async function runDenoFixture(
  name: string,
  args: readonly string[],
  options: FixtureOptions,
): Promise<RunResult> {
  const env = await coveredDenoEnv();
  const deno: TestRuntime = { name: "Deno", command: DENO, env };
  return await runFixtureWith(deno, name, args, options);
}
