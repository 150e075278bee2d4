import { assertEquals, assertMatch } from "@std/assert";
import { startCli } from "../../support/cli_process.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
} from "../../support/fake_qwen.ts";
import { readPipe } from "../../support/pipe.ts";
import { processesOf } from "../../support/processes.ts";

/**
 * Closes the named pipe `started` to say that it runs, and stays. It sleeps in
 * short pieces, because a shell that is interrupted while it starts a program
 * runs its trap only after that has ended.
 */
const STAYS = ': >"$HOME/started"; for _ in $(seq 600); do sleep 0.1; done';

const CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

for (const [signal, code] of Object.entries(CODES)) {
  Deno.test(`exec passes ${signal} on and exits with ${code}`, async () => {
    await using home = await fakeHome({ 1: STAYS, 2: answers("no") });
    const result = await interrupted(home, signal as Deno.Signal);
    assertEquals(result, { code, stdout: "", stderr: "" });
    assertEquals(await home.asked(), [1]);
    assertEquals(await processesOf(home.path), []);
  });
}

Deno.test("exec keeps the code of a qwen that ends by itself when interrupted", async () => {
  await using home = await fakeHome({
    1: `trap 'echo "Operation cancelled." >&2; exit 130' INT; ${STAYS}`,
  });
  const { code, stdout, stderr } = await interrupted(home, "SIGINT");
  assertEquals({ code, stdout }, { code: 130, stdout: "" });
  assertMatch(stderr, /^Operation cancelled\.\n/);
});

Deno.test("exec does not continue with another account when it is interrupted", async () => {
  await using home = await fakeHome({
    1: `trap 'echo "[API Error: 429]" >&2; exit 1' TERM; ${STAYS}`,
    2: answers("no"),
  });
  const { stdout } = await interrupted(home, "SIGTERM");
  assertEquals(stdout, "");
  assertEquals(await home.asked(), [1]);
});

/** Runs exec and sends it `signal` when the account's script has started. */
async function interrupted(home: FakeHome, signal: Deno.Signal) {
  const started = await home.addPipe("started");
  await using child = await startCli(
    ["exec", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path },
  );
  await readPipe(started, child.status);
  child.kill(signal);
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}
