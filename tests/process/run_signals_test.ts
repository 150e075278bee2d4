import { assertEquals } from "@std/assert";
import { fixture, lineReader } from "./programs.ts";
import { spawn } from "../support/deadline.ts";

const INTERRUPTS = {
  SIGHUP: "HUP",
  SIGINT: "INT",
  SIGQUIT: "QUIT",
  SIGTERM: "TERM",
} as const;

for (const [signal, name] of Object.entries(INTERRUPTS)) {
  Deno.test(`runProcess() forwards ${signal}`, async () => {
    await using run = await startForwarding("note_signals.sh");
    run.signal(signal as Deno.Signal);
    assertEquals(await run.result(), {
      exitCode: 7,
      interruptedBy: signal,
      output: `${name}\n`,
    });
  });
}

Deno.test("runProcess() forwards SIGWINCH and continues", async () => {
  await using run = await startForwarding("note_signals.sh");
  run.signal("SIGWINCH");
  await run.ready();
  run.signal("SIGTERM");
  const { output, interruptedBy } = await run.result();
  assertEquals(output, "WINCH\nTERM\n");
  assertEquals(interruptedBy, "SIGTERM");
});

Deno.test("runProcess() kills a program that ignores an interrupt", async () => {
  await using run = await startForwarding("deaf.sh", { interruptDelayMs: 50 });
  run.signal("SIGINT");
  assertEquals(await run.result(), {
    exitCode: 137,
    signal: "SIGKILL",
    interruptedBy: "SIGINT",
    output: "",
  });
});

Deno.test("runProcess() kills immediately at a second interrupt", async () => {
  await using run = await startForwarding("stubborn.sh");
  run.signal("SIGINT");
  await run.ready();
  // One that follows immediately is an echo of the first and does not count.
  const again = setInterval(() => run.signalIfThere("SIGINT"), 120);
  try {
    const { signal, interruptedBy } = await run.result();
    assertEquals(signal, "SIGKILL");
    assertEquals(interruptedBy, "SIGINT");
  } finally {
    clearInterval(again);
  }
});

Deno.test("runProcess() keeps SIGHUP ignored if it was ignored at the start", async () => {
  await using run = await startForwarding("note_signals.sh", {
    ignored: "HUP",
  });
  run.signal("SIGHUP");
  run.signal("SIGWINCH");
  await run.ready();
  run.signal("SIGTERM");
  const { output, interruptedBy } = await run.result();
  assertEquals(output, "WINCH\nTERM\n");
  assertEquals(interruptedBy, "SIGTERM");
});

Deno.test("runProcess() ignores SIGTSTP where no shell can continue it", async () => {
  await using run = await startForwarding("note_signals.sh", {
    isLeader: true,
  });
  run.signal("SIGTSTP");
  run.signal("SIGWINCH");
  await run.ready();
  run.signal("SIGTERM");
  const { output, interruptedBy } = await run.result();
  assertEquals(output, "WINCH\nTERM\n");
  assertEquals(interruptedBy, "SIGTERM");
});

interface ForwardingOptions {
  /** Whether the process leads a session, as in a container. */
  isLeader?: boolean;
  /** By default so long that no test passes because of it. */
  interruptDelayMs?: number;
  /** A signal, as sh(1) names it, that the process is started to ignore. */
  ignored?: string;
}

/** Starts a process of ours that runs a fixture and forwards its signals. */
async function startForwarding(name: string, options: ForwardingOptions = {}) {
  const { interruptDelayMs = 60_000, ignored, isLeader = false } = options;
  const command = [
    Deno.execPath(),
    "run",
    "-A",
    fixture("forward.ts"),
    String(interruptDelayMs),
    "sh",
    fixture(name),
  ];
  const trap = ignored ? `trap '' ${ignored}; ` : "";
  const child = spawn("sh", {
    args: ["-c", `${trap}exec "$@"`, "sh", ...command],
    stdout: "piped",
    detached: isLeader,
  });
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const lines = lineReader(child.stdout);
  const ready = async () => assertEquals(await lines.next(), "ready");
  await ready();
  return {
    ready,
    signal: (signal: Deno.Signal) => child.kill(signal),
    /** Does nothing if it has ended. */
    signalIfThere(signal: Deno.Signal) {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    },
    async result() {
      let line = await lines.next();
      while (line === "ready") line = await lines.next();
      await child.status;
      return JSON.parse(line);
    },
    async [Symbol.asyncDispose]() {
      await lines.cancel();
      if (!hasEnded) child.kill("SIGTERM"); // the test has failed
      await child.status;
    },
  };
}
