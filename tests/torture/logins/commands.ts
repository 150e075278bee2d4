import { parse } from "@std/yaml";
import { runtime } from "../../../lib/system/mod.ts";
import { readText } from "../read_text.ts";
import type { LoginArena } from "./login_arena.ts";
import type { Owners } from "./login_invariants.ts";

/** A run of a command. */
export interface CommandRun {
  /** `account-qwen`, and what comes before its arguments. */
  program: readonly string[];
  /** The arguments. */
  args: readonly string[];
  /** Who logs in, if it logs in. @default "anna" */
  owner?: string;
  /** When to kill it. @default never */
  killAfterMs?: number | undefined;
}

/** What a command has done. */
export interface Done {
  /** The command and its exit code or signal. */
  name: string;
  /** Whether it was killed. */
  killed: boolean;
  /** What it has said, if it failed. */
  said: string;
}

/** A command that hangs has a defect. */
const DEADLINE_MS = 90_000;

/** Runs a command in an arena; kills it after some time. */
export async function runCommand(
  arena: LoginArena,
  { program, args, owner = "anna", killAfterMs }: CommandRun,
): Promise<Done> {
  const [bin = "", ...first] = program;
  const child = new Deno.Command(bin, {
    args: [...first, ...args],
    clearEnv: true,
    env: {
      ...arena.env,
      ACCOUNT_QWEN_CLI: arena.agent,
      TORTURE_ACTOR: `account-qwen, ${args.join(" ")}`,
      TORTURE_LOGIN: owner,
    },
    cwd: arena.home,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const afterMs = killAfterMs ?? DEADLINE_MS;
  const timer = setTimeout(() => kill(child), afterMs);
  const [{ code, signal }, said] = await Promise.all([
    child.status,
    new Response(child.stderr).text(),
    new Response(child.stdout).text(),
  ]);
  clearTimeout(timer);
  const killed = signal === "SIGKILL";
  const isHanging = killed && killAfterMs === undefined;
  const end = isHanging ? "hangs" : signal ?? code;
  const [command, ...others] = args;
  const more = others.filter((it) => /^-\w|^--\w/.test(it)).join(" ");
  return { name: `${command} ${more} ${end}`, killed, said: said.trim() };
}

/**
 * Settles everything by an ordinary command. Returns whose login each folder has
 * then, and what is wrong.
 */
export async function settleArena(
  arena: LoginArena,
  { program }: Pick<CommandRun, "program">,
): Promise<{ owners: Owners; plain: number | undefined; problems: string[] }> {
  const problems = await lockProblems(`${arena.accounts}/state.yaml.lock`);
  const args = ["doctor", "--fix"];
  const { name, said } = await runCommand(arena, { program, args });
  const isBroken = !/ [0-4]$/.test(name) ||
    /Internal error|TypeError|at .*\.js:/.test(said);
  if (isBroken) problems.push(`others: ${name}: ${said}`);
  return { ...recordOf(arena), problems };
}

/** Whether the lock is held although no process is running. */
export async function lockProblems(path: string): Promise<string[]> {
  using lock = await runtime.files.tryLock(path, 0o600);
  return lock ? [] : ["others: nobody lives, but the lock is held"];
}

/** Whose login each folder has, as `state.yaml` says. */
function recordOf({ accounts }: LoginArena) {
  const state = Object(parse(readText(`${accounts}/state.yaml`) ?? "{}"));
  const owners = new Map<number, string | undefined>(
    Object.entries(Object(state.accounts)).map(([name, it]) => [
      Number(name.slice("account".length)),
      Object(it).owner,
    ]),
  );
  const plain: number | undefined = state.plain ?? undefined;
  return { owners, plain };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}
