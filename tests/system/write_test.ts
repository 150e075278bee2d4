import { assertEquals } from "@std/assert";
import { run } from "../support/cli.ts";
import { testFile } from "../support/checkout.ts";
import { fixtureCommand, testRuntimes } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("python3");

const SLOW_READER = testFile("fixtures/slow_reader.py");

const SIZE = 1_000_000;

if (Deno.build.os === "linux") {
  for (const runtime of await testRuntimes()) {
    test(`write() of ${runtime.name} waits when a pipe that does not block is full`, async () => {
      await using home = await tempDir();
      const program = fixtureCommand(runtime, "write_much.ts", [String(SIZE)]);
      const { stdout, stderr } = await run(
        "python3",
        [SLOW_READER, ...program],
        { home: home.path, env: runtime.env },
      );
      assertEquals(stdout, `${SIZE} 0\n`, stderr);
    });
  }
}
