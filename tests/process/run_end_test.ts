import { assert, assertEquals } from "@std/assert";
import type { EndReason } from "../../lib/process/process_group.ts";
import type { RunOptions } from "../../lib/process/run.ts";
import { realSystem } from "../../lib/system/system.ts";
import {
  ENV,
  idsIn,
  isRunning,
  runFixture,
  runScript,
  textOf,
} from "./programs.ts";
import { spawn, within } from "../support/deadline.ts";

const TIMEOUT_MS = 123_456;

Deno.test("runProcess() ends the program after the timeout", async () => {
  using result = await runScript("exec sleep 60", { timeoutMs: 50 });
  assertEquals(result.timedOut, true);
  assertEquals(result.endedEarly, false);
  assertEquals(result.signal, "SIGTERM");
  assertEquals(result.exitCode, 143);
});

Deno.test("runProcess() accepts a very long timeout", async () => {
  using result = await runScript("exit 0", { timeoutMs: 2 ** 40 });
  assertEquals(result.timedOut, false);
});

Deno.test("runProcess() kills a program that ignores SIGTERM", async () => {
  const { options } = timeoutWhenReady();
  using result = await runFixture("deaf.sh", { ...options, killDelayMs: 50 });
  assertEquals(result.timedOut, true);
  assertEquals(result.signal, "SIGKILL");
  assertEquals(result.exitCode, 137);
});

Deno.test("runProcess() leaves no process behind after the timeout", async () => {
  const { options } = timeoutWhenReady();
  using result = await runFixture("family.sh", { ...options, killDelayMs: 50 });
  const ids = await idsIn(result.stdout);
  assertEquals(ids.length, Deno.build.os === "linux" ? 3 : 2);
  assertEquals(ids.filter(isRunning), []);
});

Deno.test("runProcess() waits for the whole group when the program ends first", async () => {
  const script = `
    { trap 'echo saved; exit' TERM; echo ready >&2; while :; do sleep 0.05; done; } &
    trap 'exit 9' TERM
    while :; do sleep 0.05; done`;
  const { options } = timeoutWhenReady();
  using result = await runScript(script, { ...options, killDelayMs: 30_000 });
  assertEquals(await textOf(result.stdout), "saved\n");
  assert(result.exitCode === 9 || result.exitCode === 143);
});

Deno.test("runProcess() keeps what a program prints when it is asked to end", async () => {
  const script = `
    trap 'head -c 300000 /dev/zero; exit 4' TERM
    echo ready >&2
    while :; do sleep 0.05; done`;
  const { options } = timeoutWhenReady();
  using result = await runScript(script, { ...options, killDelayMs: 30_000 });
  assertEquals(result.exitCode, 4);
  assertEquals(result.timedOut, true);
  assertEquals(result.stdout.size, 300_000);
});

Deno.test("runProcess() ends early when the sensor asks", async () => {
  const end = new AbortController();
  using result = await runScript("echo quota >&2; exec sleep 60", {
    endSignal: end.signal,
    onStderr: () => end.abort(),
  });
  assertEquals(result.endedEarly, true);
  assertEquals(result.timedOut, false);
  assertEquals(result.signal, "SIGTERM");
});

Deno.test("runProcess() kills immediately when the reason of the abort says so", async () => {
  const end = new AbortController();
  const run = runFixture("deaf.sh", {
    killDelayMs: 600_000,
    endSignal: end.signal,
    onStderr: () => end.abort({ killDelayMs: 0 } satisfies EndReason),
  });
  using result = await within(run, { what: "the end of the program" });
  assertEquals(result.endedEarly, true);
  assertEquals(result.signal, "SIGKILL");
});

Deno.test("runProcess() shortens the delay when asked again", async () => {
  const { options, ready } = timeoutWhenReady();
  const end = new AbortController();
  const run = runFixture("deaf.sh", {
    ...options,
    killDelayMs: 600_000,
    endSignal: end.signal,
  });
  await within(ready, { what: "the program to be ready", running: run });
  end.abort({ killDelayMs: 0 } satisfies EndReason);
  using result = await within(run, { what: "the end of the program" });
  assertEquals(result.signal, "SIGKILL");
});

Deno.test("runProcess() starts nothing when its signal has aborted", async () => {
  using result = await runScript("echo started", {
    endSignal: AbortSignal.abort(),
  });
  assertEquals(result.endedEarly, true);
  assertEquals(result.exitCode, 143);
  assertEquals(result.stdout.size, 0);
});

for (const kind of ["silent", "talking", "flooding"]) {
  Deno.test(`runProcess() ends with the program when a ${kind} process stays`, async () => {
    let waits = 0;
    const sleep = (ms: number, signal?: AbortSignal) => {
      waits++;
      return realSystem.sleep(ms, signal);
    };
    using result = await runFixture("background.sh", {
      args: [kind],
      system: { ...realSystem, sleep },
    });
    const [pid = 0] = await idsIn(result.stderr);
    await result.stdout.tail(1); // its last bytes may be on the way to the file
    try {
      assertEquals(result.exitCode, 0);
      assertEquals(result.signal, undefined);
      // The pipe of one that writes is closed, and SIGPIPE may have ended it.
      if (kind === "silent") assertEquals(isRunning(pid), true);
      // 80 times 25 ms for one that might be the program's own last words.
      if (kind !== "talking") assert(waits < 40, `Waited ${waits} times`);
    } finally {
      endIfRunning(pid);
    }
  });
}

Deno.test("runProcess() does not touch a process of another run", async () => {
  await using other = spawn("sleep", {
    args: ["60"],
    env: { ...ENV, ACCOUNT_QWEN_RUN: "another" },
    clearEnv: true,
  });
  using result = await runScript("exec sleep 60", { timeoutMs: 50 });
  assertEquals(result.timedOut, true);
  assertEquals(isRunning(other.pid), true);
});

/**
 * Options whose timeout expires as soon as the program says that it is ready.
 */
function timeoutWhenReady() {
  const { promise: ready, resolve: onStderr } = Promise.withResolvers<void>();
  const options = {
    timeoutMs: TIMEOUT_MS,
    onStderr: () => onStderr(),
    system: {
      ...realSystem,
      sleep: (ms: number, signal?: AbortSignal) =>
        ms === TIMEOUT_MS ? ready : realSystem.sleep(ms, signal),
    },
  } satisfies Partial<RunOptions>;
  return { options, ready };
}

function endIfRunning(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
