import { denoDir } from "../deno_dir.ts";

const FIXTURE = Deno.realPathSync(
  new URL("../../tests/fixtures/switch_accounts.ts", import.meta.url),
);

/** The task of each process. */
export interface SwitchersOptions {
  /** The folder of the accounts. */
  dir: string;
  /** The home of the process. */
  home: string;
  /** How many times to switch to the next account. */
  times: number;
}

/**
 * Starts `count` processes and, once all are ready, lets them switch accounts;
 * returns how long that took, milliseconds.
 *
 * @throws {Error} If one fails.
 */
export async function runSwitchers(
  count: number,
  { dir, home, times }: SwitchersOptions,
): Promise<number> {
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    DENO_DIR: await denoDir(),
  };
  const children = Array.from(
    { length: count },
    () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--cached-only", "-A", FIXTURE, dir, String(times)],
        clearEnv: true,
        env,
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn(),
  );
  const readers = children.map((it) => it.stdout.getReader());
  for (const it of readers) await it.read(); // "ready"
  const start = performance.now();
  for (const it of children) await it.stdin.close();
  for (const it of readers) while (!(await it.read()).done);
  const statuses = await Promise.all(children.map((it) => it.status));
  const time = performance.now() - start;
  const failed = statuses.filter((it) => !it.success).length;
  if (failed > 0) throw new Error(`Cannot switch: ${failed} processes failed`);
  return time;
}
