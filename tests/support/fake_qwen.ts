import "./load_libc.ts";
import { CHECKOUT } from "./checkout.ts";
import { type TestHome, testHome } from "./home.ts";
import { makePipe, openPipe } from "./pipe.ts";

/** A program that does with each account what its script says. */
export const FAKE_QWEN = `${CHECKOUT}/tests/fixtures/fake_qwen.sh`;

/** The script of an account that is out of quota. */
export const OUT_OF_QUOTA =
  'echo "[API Error: 429 Free allocated quota exceeded.]" >&2; exit 1';

/**
 * The script of an account whose login is dead: it ignores SIGTERM and waits.
 */
export const WAITS_FOR_LOGIN = `
  trap '' TERM
  echo "+---- Qwen OAuth Device Authorization ----+" >&2
  for _ in 1 2 3; do sleep 20; done`;

/** Returns the script of an account that answers `text`. */
export function answers(text: string): string {
  return `printf %s '${text}'`;
}

/** The command with which a script waits at a named pipe. */
export const GO_ON = new TextEncoder().encode("go on\n");

/** A home with accounts for {@linkcode FAKE_QWEN}. */
export interface FakeHome extends TestHome {
  /** The accounts with which the program was run, in order. */
  asked(): Promise<number[]>;
  /** The events of the audit log, by default of every kind. */
  events(kind?: string): Promise<Record<string, unknown>[]>;
  /** Makes a named pipe `name` in the home, at which a script can wait. */
  addPipe(name: string): Promise<string>;
}

/**
 * Makes a home with an account for each of `plays`, by its index, whose value
 * is the script of sh(1) that the program runs. The lowest one is active.
 */
export async function fakeHome(
  plays: Readonly<Record<number, string>>,
): Promise<FakeHome> {
  const indexes = Object.keys(plays).map(Number);
  const home = await testHome({
    accounts: Math.max(...indexes),
    baseUrl: "http://provider.invalid/v1",
  });
  await Deno.mkdir(`${home.path}/plays`);
  for (const [index, script] of Object.entries(plays)) {
    await Deno.writeTextFile(`${home.path}/plays/${index}`, script);
  }
  for (let index = 1; index < Math.max(...indexes); index++) {
    if (!indexes.includes(index)) await Deno.remove(home.slot(index));
  }
  const live = `${home.dir}/oauth_creds.json`;
  await Deno.remove(live);
  await Deno.symlink(`accounts/oauth_creds_${Math.min(...indexes)}.json`, live);
  return {
    ...home,
    asked: async () => (await linesOf(`${home.path}/asked`)).map(Number),
    async events(kind) {
      const lines = await linesOf(`${home.dir}/rotation.log`);
      const all = lines.map((it) => JSON.parse(it));
      return kind === undefined ? all : all.filter((it) => it.event === kind);
    },
    async addPipe(name) {
      const path = `${home.path}/${name}`;
      await makePipe(path);
      return path;
    },
  };
}

/**
 * Continues the scripts that wait at `pipes`, once all of them do.
 *
 * @throws {Error} If one does not within a minute, or if `running` ends before.
 */
export async function letGoOn(
  pipes: readonly string[],
  running: Promise<unknown>,
): Promise<void> {
  const opened = await Promise.all(pipes.map((it) => openPipe(it, running)));
  for (const pipe of opened) {
    await pipe.write(GO_ON);
    pipe.close();
  }
}

async function linesOf(path: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(path)).split("\n").filter((it) => it);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
