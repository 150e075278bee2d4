import { assertEquals } from "@std/assert";
import { answers, FAKE_QWEN, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { notifyHome } from "../support/notify_home.ts";
import { makePrograms } from "../support/programs.ts";
import { run } from "../support/cli.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";

Deno.test("every form of the program leaves a process that sends what is left", async (test) => {
  using programs = await makePrograms();
  for (
    const [name, [program = "", ...args]] of Object.entries(programs.commands)
  ) {
    await test.step(name, async () => {
      await using home = await notifyHome(
        { 1: OUT_OF_QUOTA, 2: answers("Paris") },
        [500, 500, 500],
      );
      const line = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
      // The shell waits until nobody has the pipes any longer.
      const script = 'all=$( { "$@" 2>&1; } 9>&1 ); printf %s "$all"';
      const words = ["-c", script, "sh", program];
      const { stdout } = await run("sh", [...words, ...args, ...line], {
        home: home.path,
        env: await coveredDenoEnv(),
      });
      assertEquals(stdout.endsWith("Paris"), true, stdout);
      await home.receiver.gets(5);
      await home.drained();
    });
  }
});
