import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type RunOptions, runProcess } from "../../lib/process/run.ts";
import { runtime } from "../../lib/system/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import {
  ENV,
  fixture,
  isRunning,
  runScript,
  sourceOf,
  textOf,
} from "./programs.ts";
import { signalFor } from "../support/deadline.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("runProcess() keeps both outputs and the exit code", async () => {
  using result = await runScript("echo out; echo err >&2; exit 3");
  assertEquals(await textOf(result.stdout), "out\n");
  assertEquals(await textOf(result.stderr), "err\n");
  assertEquals(result.exitCode, 3);
  assertEquals(result.signal, undefined);
  assertEquals(result.timedOut, false);
  assertEquals(result.endedEarly, false);
  assertEquals(result.interruptedBy, undefined);
  assert(result.durationMs >= 0);
});

for (const [signal, exitCode] of [["SIGKILL", 137], ["SIGTERM", 143]]) {
  Deno.test(`runProcess() reports that ${signal} ended the program`, async () => {
    using result = await runScript(`kill -${String(signal).slice(3)} $$`);
    assertEquals(result.signal, signal);
    assertEquals(result.exitCode, exitCode);
  });
}

Deno.test("runProcess() passes exactly the given arguments and folder", async () => {
  await using dir = await tempDir();
  using result = await runScript('pwd -P; printf "%s|" "$@"', {
    args: ["", "a b", "$HOME", "*", "ü\n"],
    cwd: dir.path,
  });
  const folder = await Deno.realPath(dir.path);
  assertEquals(await textOf(result.stdout), `${folder}\n|a b|$HOME|*|ü\n|`);
});

Deno.test("runProcess() passes only the given variables and its mark", async () => {
  using result = await runProcess("env", { args: [], env: { ...ENV, A: "1" } });
  const names = (await textOf(result.stdout)).trim().split("\n")
    .map((it) => it.split("=")[0]);
  assertEquals(names.toSorted(), ["A", "ACCOUNT_QWEN_RUN", "PATH"]);
});

Deno.test("runProcess() adds its mark to that of the run around it", async () => {
  using result = await runScript('printf %s "$ACCOUNT_QWEN_RUN"', {
    env: { ...ENV, ACCOUNT_QWEN_RUN: "outer" },
  });
  const marks = (await textOf(result.stdout)).split(":");
  assertEquals(marks.length, 2);
  assertEquals(marks[0], "outer");
});

Deno.test("runProcess() provides an empty input when there is none", async () => {
  using result = await runProcess("cat", { args: [], env: ENV });
  assertEquals(result.exitCode, 0);
  assertEquals(result.stdout.size, 0);
});

Deno.test("runProcess() passes every byte value through", async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * i >> 3);
  using result = await runProcess("cat", {
    args: [],
    env: ENV,
    stdin: sourceOf(bytes.slice(0, 7), bytes.slice(7)),
  });
  assertEquals(await new Response(result.stdout.stream()).bytes(), bytes);
});

Deno.test("runProcess() continues when the program closes its stdin", async () => {
  const stdin = sourceOf(
    ...Array.from({ length: 9 }, () => "x".repeat(90_000)),
  );
  using result = await runScript("exec <&-; echo done; exit 5", { stdin });
  assertEquals(result.exitCode, 5);
  assertEquals(await textOf(result.stdout), "done\n");
});

Deno.test("runProcess() cancels an input that the program does not await", async () => {
  let isCanceled = false;
  const stdin = new ReadableStream<Uint8Array>({
    cancel() {
      isCanceled = true;
    },
  });
  using result = await runScript("exit 0", { stdin });
  assertEquals(result.exitCode, 0);
  assertEquals(isCanceled, true);
});

Deno.test("runProcess() continues when the program closes its stdout", async () => {
  using result = await runScript("echo a; exec >&-; echo late >&2; exit 3");
  assertEquals(await textOf(result.stdout), "a\n");
  assertEquals(await textOf(result.stderr), "late\n");
  assertEquals(result.exitCode, 3);
});

Deno.test("runProcess() shows stderr to the sensor as it arrives", async () => {
  const seen: string[] = [];
  const decoder = new TextDecoder();
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  using result = await runScript("echo first >&2; read -r _; echo last >&2", {
    stdin: readable,
    onStderr(chunk) {
      seen.push(decoder.decode(chunk));
      if (seen.length === 1) writer.close(); // the program waits for this
    },
  });
  assertEquals(seen.join(""), "first\nlast\n");
  assertEquals(await textOf(result.stderr), "first\nlast\n");
});

Deno.test("runProcess() limits its memory when 200 MB are printed", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fixture("measure_memory.ts"), "200000000"],
    stderr: "inherit",
  }).output();
  const { size, growth } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(size, 200_000_000);
  assert(growth < 100_000_000, `The peak grew by ${growth} bytes`);
});

Deno.test("runProcess() throws when there is no such program", async () => {
  for (const program of ["no-such-program", "/no/such/program"]) {
    const error = await assertFails(
      () => runProcess(program, { args: [], env: ENV }),
      "program-not-found",
      `Cannot run "${program}"`,
    );
    assertStringIncludes(error.message, `"${program}"`);
  }
});

Deno.test("runProcess() finds the program by the PATH of its environment", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/only-here`;
  await Deno.writeTextFile(path, "#!/bin/sh\necho found\n", { mode: 0o700 });
  using result = await runProcess("only-here", {
    args: [],
    env: { PATH: `${dir.path}:${ENV.PATH}` },
  });
  assertEquals(await textOf(result.stdout), "found\n");
});

Deno.test("runProcess() throws when the program is not executable", async () => {
  await using dir = await tempDir();
  const program = `${dir.path}/data`;
  await Deno.writeTextFile(program, "no program", { mode: 0o600 });
  const run = () => runProcess(program, { args: [], env: ENV });
  await assertRejects(run, Error, "it is not executable");
});

Deno.test("runProcess() throws when the folder is missing", async () => {
  const run = () => runScript("exit 0", { cwd: "/no/such/folder" });
  await assertRejects(
    run,
    Error,
    'the folder "/no/such/folder" does not exist',
  );
});

Deno.test("runProcess() throws when the arguments are too long", async () => {
  const run = () => runScript("exit 0", { args: ["x".repeat(5_000_000)] });
  await assertRejects(run, Error, "too long");
});

for (const output of ["stdout", "stderr"]) {
  Deno.test(`runProcess() ends the program when its ${output} cannot be kept`, async () => {
    using _full = fullDisk();
    const [pid, error] = await failing(
      `echo $$ >&2; exec >&${output === "stdout" ? 1 : 2}; exec cat /dev/zero`,
    );
    assertEquals(error.message, "ENOSPC");
    assertEquals(isRunning(pid), false);
  });
}

Deno.test("runProcess() frees the chunks of a large output", async () => {
  const whole: Uint8Array[] = [];
  using run = await runScript("head -c 3000000 /dev/zero", {
    onStdout(chunk) {
      if (chunk.length === chunk.buffer.byteLength) whole.push(chunk);
    },
  });
  assertEquals(run.stdout.size, 3_000_000);
  await run.stdout.tail(1); // its last bytes may be on the way to the file
  assert(whole.length > 0);
  assertEquals(whole.filter((it) => it.length > 0), []);
});

Deno.test("runProcess() ends the program when the sensor throws", async () => {
  let pid = 0;
  const run = () =>
    runScript("echo $$ >&2; exec sleep 60", {
      onStderr(chunk) {
        pid = Number(new TextDecoder().decode(chunk));
        throw new RangeError("a defect of the sensor");
      },
    });
  await assertRejects(run, RangeError, "a defect of the sensor");
  assert(pid > 0);
  assertEquals(isRunning(pid), false);
});

Deno.test("runProcess() ends the program when the input fails", async () => {
  let pid = 0;
  const started = signalFor("the program to start");
  const stdin = new ReadableStream<Uint8Array>({
    async pull() {
      await started.promise;
      throw new Error("EIO");
    },
  });
  const run = () =>
    runScript("echo $$ >&2; exec sleep 60", {
      stdin,
      onStderr(chunk) {
        pid = Number(new TextDecoder().decode(chunk));
        started.resolve();
      },
    });
  await assertRejects(run, Error, "EIO");
  assertEquals(isRunning(pid), false);
});

Deno.test("runProcess() starts nothing when stdin is locked", async () => {
  await using dir = await tempDir();
  const stdin = sourceOf("text");
  const reader = stdin.getReader();
  const run = () => runScript("touch started", { stdin, cwd: dir.path });
  await assertRejects(run, TypeError, "locked");
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
  await reader.cancel();
});

/** Runs a script that prints its id first; returns it and the failure. */
async function failing(script: string): Promise<[number, Error]> {
  let pid = 0;
  const error = await assertRejects(() =>
    runScript(script, {
      memoryLimit: 100,
      onStderr(chunk) {
        pid ||= parseInt(new TextDecoder().decode(chunk));
      },
    }), Error);
  assert(pid > 0);
  return [pid, error];
}

/** Makes every write to a scratch file fail. */
function fullDisk(): Disposable {
  const real = runtime.files;
  runtime.files = {
    ...real,
    async scratch() {
      const file = await real.scratch();
      return {
        read: (buffer, offset) => file.read(buffer, offset),
        write: () => Promise.reject(new Error("ENOSPC")),
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
  };
  return {
    [Symbol.dispose]: () => {
      runtime.files = real;
    },
  };
}

const NULS: Record<string, [string, Partial<RunOptions>]> = {
  "an argument": ["sh", { args: ["-c", "a\0b"] }],
  "a variable": ["sh", { env: { A: "a\0b" } }],
  "the program": ["s\0h", {}],
  "the folder": ["sh", { cwd: "/t\0mp" }],
};

for (const [what, [program, options]] of Object.entries(NULS)) {
  Deno.test(`runProcess() refuses a NUL in ${what}`, async () => {
    const error = await assertFails(
      () => runProcess(program, { args: [], env: ENV, ...options }),
      "unusable-argument",
    );
    assertStringIncludes(error.message, "has a NUL character");
  });
}

Deno.test("runProcess() reports that an environment is too long", async () => {
  await assertRejects(
    () => runProcess("sh", { args: [], env: { ...ENV, A: "x".repeat(2e5) } }),
    Error,
    'Cannot run "sh": its arguments and environment are too long',
  );
});
