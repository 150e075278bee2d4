import { lineReader } from "../process/programs.ts";
import {
  fixtureCommand,
  type FixtureOptions,
  type TestRuntime,
} from "./runtimes.ts";
import { tempDir } from "./temp_dir.ts";
import { spawn } from "./deadline.ts";

/** A fixture that runs until its stdin ends. */
export interface RunningFixture extends AsyncDisposable {
  /** The first line of its output. */
  said: string;
  /** Returns its next line. */
  next(): Promise<string>;
  /** Sends it an empty line; returns the line that it writes then. */
  ask(): Promise<string>;
}

/**
 * Starts a TypeScript file of `tests/fixtures/` in its own process, and waits
 * for its first line; use it with `await using`.
 *
 * @throws {Error} When it is disposed of, if its exit code is not 0.
 */
export async function startFixture(
  runtime: TestRuntime,
  name: string,
  args: readonly string[] = [],
  { before = ":" }: Pick<FixtureOptions, "before"> = {},
): Promise<RunningFixture> {
  await using owned = new AsyncDisposableStack();
  const home = owned.use(await tempDir());
  const command = fixtureCommand(runtime, name, args);
  const child = spawn("sh", {
    args: ["-c", `${before}; exec "$@"`, "sh", ...command],
    env: { HOME: home.path, ...runtime.env },
    stdin: "piped",
    stdout: "piped",
  });
  const lines = lineReader(child.stdout);
  const input = child.stdin.getWriter();
  owned.defer(async () => {
    await input.close();
    await lines.cancel();
    const { code } = await child.status;
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  });
  const said = await lines.next();
  const all = owned.move();
  return {
    said,
    next: () => lines.next(),
    async ask() {
      await input.write(new TextEncoder().encode("\n"));
      return await lines.next();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
