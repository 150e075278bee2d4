import { assertEquals } from "@std/assert";
import { within } from "../support/deadline.ts";
import { fixtureCommand, testRuntimes } from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";

for (const runtime of await testRuntimes()) {
  Deno.test(`host.isStdoutAbandoned() of ${runtime.name} notices when the reader of a pipe goes away`, async () => {
    await using home = await tempDir();
    const [program = "", ...args] = fixtureCommand(
      runtime,
      "stdout_abandoned.ts",
      [],
    );
    const child = new Deno.Command(program, {
      args,
      env: { ...runtime.env, HOME: home.path },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const lines = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () =>
      (await within(lines.read(), { what: "a line" })).value;
    assertEquals(await next(), "there\n");
    await child.stdout.cancel();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    assertEquals(await next(), "gone\n");
    await within(child.status, { what: "the end" });
    await lines.cancel();
    await writer.close().catch(() => {}); // it has ended
  });
}
