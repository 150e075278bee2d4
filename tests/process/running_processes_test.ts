import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { parseStat } from "../../lib/system/running_processes.ts";
import { ENV, isRunning, lineReader } from "./programs.ts";
import { spawn, until } from "../support/deadline.ts";

const { processesOf } = runtime.host;

Deno.test("parseStat() reads a name with spaces and parentheses", () => {
  const stat = "4242 (a) Z (b c) S 1 4200 4200 0 -1 4194560 102 0 0 0";
  assertEquals(parseStat(stat), { pid: 4242, group: 4200 });
});

Deno.test("parseStat() returns undefined for a process that has ended", () => {
  assertEquals(parseStat("4242 (sh) Z 1 4242 4242 0 -1"), undefined);
  assertEquals(parseStat("4242 (sh) X 1 4242 4242 0 -1"), undefined);
  assertEquals(parseStat(""), undefined);
});

Deno.test("processesOf() finds a group that runs", async () => {
  await using leader = start("exec sleep 60", ENV);
  const found = await processesOf(leader.pid, "NOBODY_HAS_THIS", "x");
  assertEquals(found.map((it) => Math.abs(it.pid)), [leader.pid]);
  assertEquals(found[0]?.group, leader.pid);
});

Deno.test("processesOf() finds nothing when the group has ended", async () => {
  const leader = start("exit 0", ENV);
  await leader[Symbol.asyncDispose]();
  assertEquals(await processesOf(leader.pid, "NOBODY_HAS_THIS", "x"), []);
});

if (Deno.build.os === "linux") {
  Deno.test("processesOf() omits a process that is not reaped", async () => {
    // sleep(1) never reaps the child that it inherits from the shell.
    await using leader = start("true & echo $!; exec sleep 60", ENV);
    const ended = Number(await leader.nextLine());
    await until(() => !isRunning(ended), { what: "the end of true" });
    const own = [{ pid: leader.pid, group: leader.pid }];
    assertEquals(await processesOf(leader.pid, "NOBODY_HAS_THIS", "x"), own);
  });

  Deno.test("processesOf() finds a process with the variable in another group", async () => {
    const mark = crypto.randomUUID();
    const env = { ...ENV, TEST_MARK: `outer:${mark}:inner` };
    // During an exec a process has no environment for a moment.
    await using marked = start("echo ready; kill -STOP $$", env);
    await marked.nextLine();
    const own = [{ pid: marked.pid, group: marked.pid }];
    assertEquals(await processesOf(Deno.pid, "TEST_MARK", mark), own);
    assertEquals(await processesOf(Deno.pid, "TEST_MAR", mark), []);
    assertEquals(await processesOf(Deno.pid, "TEST_MARK", `${mark}x`), []);
  });
}

/** Starts a script in its own group, which ends with the test. */
function start(script: string, env: Record<string, string>) {
  const child = spawn("sh", {
    args: ["-c", script],
    env,
    clearEnv: true,
    stdout: "piped",
    detached: true,
  });
  const lines = lineReader(child.stdout);
  return {
    pid: child.pid,
    nextLine: () => lines.next(),
    async [Symbol.asyncDispose]() {
      await lines.cancel();
      if (isRunning(child.pid)) Deno.kill(-child.pid, "SIGKILL");
      await child.status;
    },
  };
}
