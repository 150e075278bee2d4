import { assertEquals } from "@std/assert";
import { run } from "../support/cli.ts";
import {
  fixtureCommand,
  runFixtureWith,
  testRuntimes,
} from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";

/** What the shell does before, and the expected result for stdout. */
const CASES: Record<string, "closed" | "open"> = {
  "exec >&-": "closed",
  "exec <&- >&-": "closed",
  "exec >/dev/null": "open",
  "exec </dev/null >/dev/null": "open",
  "exec >&2": "open",
  ":": "open",
};

/** Python opens it for reading and writing, as both runtimes do. */
const DEVNULL = `
import subprocess, sys
sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode)`;

for (const runtime of await testRuntimes()) {
  const { name, env } = runtime;

  for (const [before, expected] of Object.entries(CASES)) {
    Deno.test(`host.wasStdoutClosed() of ${name} says ${expected} after ${before}`, async () => {
      await using home = await tempDir();
      const { stderr } = await runFixtureWith(
        runtime,
        "stdout_closed.ts",
        [],
        { home: home.path, before },
      );
      assertEquals(stderr, expected);
    });
  }

  Deno.test(`host.wasStdoutClosed() of ${name} says closed when a shell closes it for one command`, async () => {
    await using home = await tempDir();
    const command = fixtureCommand(runtime, "stdout_closed.ts", []);
    const script = '"$@" >&-; exit 0';
    const { stderr } = await run("sh", ["-c", script, "sh", ...command], {
      home: home.path,
      env: { ...env },
    });
    assertEquals(stderr, "closed");
  });

  Deno.test(`host.wasStdoutClosed() of ${name} says open when Python discards it`, async () => {
    await using home = await tempDir();
    const command = fixtureCommand(runtime, "stdout_closed.ts", []);
    const { stderr } = await run("python3", ["-c", DEVNULL, ...command], {
      home: home.path,
      env: { ...env },
    });
    assertEquals(stderr, "open");
  });
}
