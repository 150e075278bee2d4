import { runtime } from "../../lib/system/mod.ts";
import { dirname } from "../../lib/disk/names.ts";
import { denoDir } from "../../scripts/deno_dir.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { until } from "../support/deadline.ts";
import { tempDir } from "../support/temp_dir.ts";
import { makeWorld } from "./service.ts";
import { formatPair } from "./tokens.ts";

/** The paths in the home of an arena. */
export interface Place {
  /** The folder that is `HOME`. */
  home: string;
  /** `~/.qwen` in it. */
  dir: string;
  /** The live file. */
  live: string;
  /** The file with the state of the service. */
  world: string;
  /** The program that stands in for `qwen`. */
  bin: string;
}

/** A home with accounts, a service for them, and a `qwen` to run. */
export interface Arena extends Place, AsyncDisposable {
  /** The accounts at the service that own the slots. */
  owners: Map<number, string>;
  /** The environment of a process in the arena. */
  env: Record<string, string>;
}

/** Returns the paths in the arena of `home`. */
export function arenaAt(home: string): Place {
  return {
    home,
    dir: `${home}/.qwen`,
    live: `${home}/.qwen/oauth_creds.json`,
    world: `${home}/world.json`,
    bin: `${home}/bin/qwen`,
  };
}

/** The account at the service that owns slot `index` at first. */
export function ownerOf(index: number): string {
  return `a${index}`;
}

/** How to set up an arena. */
export interface ArenaOptions {
  /** How many accounts there are; the first one is active. @default 3 */
  accounts?: number;
  /**
   * Whether `accounts/` is a link to a folder on another file system.
   *
   * @default false
   */
  isApart?: boolean;
  /**
   * Whether processes are started in the arena. If so, disposing of it searches
   * all processes of the system.
   *
   * @default true
   */
  hasProcesses?: boolean;
}

/** Makes an arena. */
export async function makeArena(
  { accounts = 3, isApart = false, hasProcesses = true }: ArenaOptions = {},
): Promise<Arena> {
  const folder = await tempDir({ inMemory: true });
  await using stack = new AsyncDisposableStack();
  stack.use(folder);
  const arena = arenaAt(folder.path);
  const slots = Array.from({ length: accounts }, (_, at) => at + 1);
  await Deno.mkdir(arena.dir, { mode: 0o700 });
  if (isApart) await linkApart(stack, `${arena.dir}/accounts`);
  else await Deno.mkdir(`${arena.dir}/accounts`, { mode: 0o700 });
  for (const index of slots) {
    const text = formatPair({ owner: ownerOf(index), number: 0 });
    const path = `${arena.dir}/accounts/oauth_creds_${index}.json`;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
  }
  if (accounts > 0) {
    await Deno.symlink("accounts/oauth_creds_1.json", arena.live);
  }
  makeWorld(arena.world, slots.map(ownerOf));
  await Deno.mkdir(`${arena.home}/bin`);
  await Deno.writeTextFile(arena.bin, PROGRAM, { mode: 0o700 });
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: arena.home,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
    TORTURE_WORLD: arena.world,
    NO_COLOR: "1",
  };
  const owners = new Map(slots.map((it) => [it, ownerOf(it)]));
  const disposables = stack.move();
  return {
    ...arena,
    owners,
    env,
    async [Symbol.asyncDispose]() {
      if (hasProcesses) await endProcesses(arena);
      await disposables.disposeAsync();
    },
  };
}

async function linkApart(
  stack: AsyncDisposableStack,
  path: string,
): Promise<void> {
  const other = stack.use(await tempDir());
  const here = await Deno.stat(dirname(path));
  const there = await Deno.stat(other.path);
  if (here.dev === there.dev) {
    throw new Error(`${other.path} is on the file system of the arena`);
  }
  await Deno.symlink(other.path, path);
}

/** An agent keeps running when its account-qwen is killed. */
async function endProcesses({ world }: Place): Promise<void> {
  const { host } = runtime;
  await until(async () => {
    const left = await host.processesOf(-1, "TORTURE_WORLD", world);
    for (const { pid } of left) host.kill(pid, "SIGKILL");
    return left.length === 0;
  }, { what: "the end of all processes" });
}

const PROGRAM =
  `#!/usr/bin/env -S "${Deno.execPath()}" run -A --no-config --ext=ts
import "${new URL(`file://${CHECKOUT}/tests/torture/fake_qwen.ts`)}";
`;
