import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startWaiting, writeWaiting } from "../support/waiting_process.ts";
import { spawn } from "../support/deadline.ts";

const { findProcesses, identify, mayBeRunning, slowness } = runtime.host;

const OURS = identify(Deno.pid) ?? "";

Deno.test("identify() returns the same identity each time", () => {
  assertEquals(identify(Deno.pid), OURS);
  assertEquals(OURS.split("/").length, 4);
});

Deno.test("identify() returns different identities for two processes", async () => {
  await using one = await startWaiting();
  await using other = await startWaiting();
  assertNotEquals(identify(one.pid), identify(other.pid));
});

Deno.test("identify() returns undefined when the process has ended", async () => {
  const child = await startWaiting();
  await child[Symbol.asyncDispose]();
  assertEquals(identify(child.pid), undefined);
});

Deno.test("identify() supports names with blanks and parentheses", async () => {
  await using dir = await tempDir();
  const program = `${dir.path}/a) Z (b`;
  await writeWaiting(program);
  await using child = await startWaiting(program);
  const comm = await Deno.readTextFile(`/proc/${child.pid}/comm`);
  assertEquals(comm, "a) Z (b\n");
  const [, , pid, startTime] = identify(child.pid)?.split("/") ?? [];
  assertEquals(pid, String(child.pid));
  assert(Number(startTime) > 0, startTime);
});

Deno.test("slowness() says how many times as long as with a processor of its own the process took", () => {
  const ratio = () => {
    const text = Deno.readTextFileSync("/proc/self/schedstat");
    const [ran = 0, waited = 0] = text.split(" ").map(Number);
    return (ran + waited) / ran;
  };
  const before = ratio();
  const found = slowness();
  const after = ratio();
  assert(found >= Math.min(before, after), `${found}`);
  assert(found <= Math.max(before, after), `${found}`);
});

Deno.test("mayBeRunning() is true for our own process", () => {
  assertEquals(mayBeRunning(OURS), true);
});

Deno.test("mayBeRunning() turns false when the process ends", async () => {
  const child = await startWaiting();
  const identity = identify(child.pid) ?? "";
  const before = mayBeRunning(identity);
  await child[Symbol.asyncDispose]();
  assertEquals([before, mayBeRunning(identity)], [true, false]);
});

const [BOOT = "", NAMESPACE = "", PID = "", START = ""] = OURS.split("/");

const IDENTITIES: Record<string, { identity: string; runs: boolean }> = {
  "the id was reused by a process that started later": {
    identity: [BOOT, NAMESPACE, PID, Number(START) - 1].join("/"),
    runs: false,
  },
  "it ran before the machine booted": {
    identity: ["another-boot", NAMESPACE, PID, START].join("/"),
    runs: false,
  },
  "it is in another process namespace": {
    identity: [BOOT, "4026530000", PID, START].join("/"),
    runs: true,
  },
  "it ran in another namespace of another boot": {
    identity: ["another-boot", "4026530000", PID, START].join("/"),
    runs: false,
  },
  "it is not an identity": { identity: "", runs: false },
};

for (const [when, { identity, runs }] of Object.entries(IDENTITIES)) {
  Deno.test(`mayBeRunning() is ${runs} when ${when}`, () => {
    assertEquals(mayBeRunning(identity), runs);
  });
}

Deno.test("findProcesses() finds the processes whose arguments are accepted", async () => {
  await using dir = await tempDir();
  const program = await programIn(dir.path);
  await using child = await startWaiting(program);
  await using _other = await startWaiting();
  const found = findProcesses((args) => args.includes(program));
  assertEquals(found?.map((it) => it.identity), [identify(child.pid)]);
});

Deno.test("findProcesses() returns the environment at the start of a process", async () => {
  await using dir = await tempDir();
  const program = await programIn(dir.path);
  const env = { MARKER: "a=b", EMPTY: "" };
  await using _child = await startWaiting(program, { env, clearEnv: true });
  const [found] = findProcesses((args) => args.includes(program)) ?? [];
  assertEquals(found?.env.MARKER, "a=b");
  assertEquals(found?.env.EMPTY, "");
  assertEquals(found?.env.HOME, undefined);
});

/**
 * Uses another process to write it: a child started at this moment would hold
 * our file open for writing, and such a file cannot be executed (ETXTBSY).
 */
async function copyProgram(from: string, to: string): Promise<void> {
  const args = ["-L", from, to];
  const { success } = await new Deno.Command("cp", { args }).output();
  assert(success);
}

const NAMES: Record<string, number> = {
  "account-qwen": 0,
  "account-qwen-linux-x64": 0,
  "qwen-code": 1,
};

for (const [name, count] of Object.entries(NAMES)) {
  Deno.test(`findProcesses() finds ${count} when ${name} is called by a link`, async () => {
    await using dir = await tempDir();
    await copyProgram("/bin/sh", `${dir.path}/${name}`);
    await Deno.symlink(name, `${dir.path}/qwen`);
    const child = spawn(`${dir.path}/qwen`, {
      args: ["-c", "echo ready; read -r _; :"],
      stdin: "piped",
      stdout: "piped",
    });
    const output = child.stdout.getReader();
    await output.read();
    const program = `${dir.path}/qwen`;
    const found = findProcesses(([it]) => it === program);
    await child.stdin.close();
    await output.cancel();
    await child.status;
    assertEquals(found?.length, count);
  });
}

Deno.test("findProcesses() omits our own process", () => {
  const found = findProcesses((args) => args.length > 0);
  assertEquals(found?.some((it) => it.identity === OURS), false);
});

if (Deno.uid() === 0) {
  Deno.test("findProcesses() omits the processes of another user", async () => {
    await using dir = await tempDir();
    await Deno.chmod(dir.path, 0o755);
    const program = await programIn(dir.path);
    // That user may not enter the folder of the checkout.
    const other = { uid: 1000, cwd: dir.path };
    await using _child = await startWaiting(program, other);
    assertEquals(findProcesses((args) => args.includes(program)), []);
  });
}

async function programIn(folder: string): Promise<string> {
  const path = `${folder}/it`;
  await writeWaiting(path);
  return path;
}
