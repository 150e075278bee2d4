const PAUSE_MS = 20;

/** Long enough for the work of the start to be over. */
const SETTLE_MS = 1_000;

/**
 * Runs a program whose output goes through a pipe to `wc -c`. Returns the time
 * and the peak of its memory.
 *
 * @throws {Error} If the output does not have `size` bytes.
 */
export async function runPiped(
  command: readonly string[],
  { home, size }: { home: string; size: number },
): Promise<{ timeMs: number; peakMiB: number }> {
  const script = '{ "$@" & echo $! >&2; wait $!; } | wc -c';
  const start = performance.now();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...command],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home },
    cwd: home,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = child.stderr.getReader();
  const { value } = await said.read();
  const pid = Number.parseInt(new TextDecoder().decode(value));
  let peakMiB = 0;
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, readMemory(pid, "VmHWM") ?? 0);
  }, PAUSE_MS);
  const count = Number(await new Response(child.stdout).text());
  await child.status;
  const timeMs = performance.now() - start;
  clearInterval(watch);
  await said.cancel();
  if (count !== size) throw new Error(`Cannot measure: ${count} bytes came`);
  return { timeMs, peakMiB };
}

/**
 * Starts a program that waits, lets it settle, and returns its memory then,
 * MiB. `started` is a file that exists once the program is running.
 */
export async function spawnWaiting(
  [program = "", ...args]: readonly string[],
  { home, started }: { home: string; started?: string },
): Promise<number> {
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home },
    cwd: home,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    while (started !== undefined && !await exists(started)) {
      await pause(PAUSE_MS);
    }
    await pause(SETTLE_MS);
    return readMemory(child.pid, "VmRSS") ?? NaN;
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

/** In MiB; known on Linux only. */
function readMemory(pid: number, key: string): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kib = new RegExp(`^${key}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined; // it has ended
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function pause(ms: number): Promise<void> {
  return new Promise((go) => setTimeout(go, ms));
}
