import { Doctor } from "../../lib/doctor/doctor.ts";
import {
  type CountingFiles,
  countingFiles,
  type CountingFilesOptions,
} from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { noOrphans, strangers } from "../support/strangers.ts";
import { type Arena, type ArenaOptions, makeArena } from "./arena.ts";
import { checkInvariants, type Violations } from "./invariants.ts";
import { isRefusal } from "./operations.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";

const realFiles = runtime.files;

// Loads the system library, which is never unloaded.
await realFiles.exchange("/nowhere/a", "/nowhere/b");

/** The ordinary commands that may follow a failure, in turn. */
const RECOVERIES: readonly ((accounts: Doctor) => Promise<unknown>)[] = [
  (accounts) => accounts.repair(),
  (accounts) => accounts.switchNext(),
  async (accounts) => await accounts.endRun(await accounts.beginRun()),
  (accounts) => accounts.switchTo(1),
];

/** One failure of one scenario; these fields reproduce it. */
export interface Case {
  /** The name of the scenario. */
  scenario: string;
  /** How, and at which step. */
  files: CountingFilesOptions;
  /** The step at which the recovery is stopped as well. @default never */
  recoveryFailAt?: number | undefined;
  /** Where `accounts/` is. @default in the folder above it */
  accounts?: AccountsPlace | undefined;
}

/**
 * Where `accounts/` is, if not on the file system of the folder above it: on
 * another one, or on one that only acts like another one and syncs at no cost.
 */
export type AccountsPlace = "apart" | "as if apart";

/** The result of a case. */
export interface Outcome {
  /** The violations. */
  violations: Violations;
  /** Whether the operation, or the recovery, reached the step. */
  failed: boolean;
}

/** Counts the steps of `scenario`. */
export async function countSteps(
  name: string,
  { accounts, ...options }:
    & Pick<CountingFilesOptions, "canExchange">
    & Pick<Case, "accounts"> = {},
): Promise<number> {
  const scenario = scenarioOf(name);
  await using arena = await prepare(scenario, accounts);
  const volume = volumeOf(arena, accounts);
  const files = countingFiles(realFiles, { ...options, volume });
  await actIn(arena, scenario, files);
  return files.steps;
}

/** Kills a process before each step of each scenario; returns how many. */
export async function killAtEveryStep(
  onViolation: (report: string) => void,
): Promise<number> {
  let kills = 0;
  for (const scenario of Object.keys(SCENARIOS)) {
    const steps = await countSteps(scenario);
    for (let failAt = 1; failAt <= steps; failAt++) {
      const { violations, failed } = await runCase({
        scenario,
        files: { failAt },
      });
      if (failed) kills++;
      else onViolation(`${scenario}, step ${failAt}: was not killed`);
      const found = Object.values(violations).flat();
      if (found.length === 0) continue;
      onViolation(`${scenario}, step ${failAt}: ${found.join("; ")}`);
    }
  }
  return kills;
}

/** Lets a scenario fail as `it` says, recovers, and checks the result. */
export async function runCase(it: Case): Promise<Outcome> {
  const scenario = scenarioOf(it.scenario);
  const { fault = "SIGKILL", failAt = 1, canExchange } = it.files;
  const hasProcesses = fault === "SIGKILL";
  await using arena = await prepare(scenario, it.accounts, { hasProcesses });
  const volume = volumeOf(arena, it.accounts);
  let failed = true;
  if (fault === "SIGKILL") {
    failed = await killInProcess(arena, it.scenario, failAt);
  } else {
    const options = { ...it.files, volume };
    await actIn(arena, scenario, countingFiles(realFiles, options));
  }
  const problems: string[] = [];
  if (!await isLockFree(arena)) problems.push("the lock is held by nobody");
  const recovery = RECOVERIES[failAt % RECOVERIES.length];
  const recover = async (files: CountingFiles) => {
    const accounts = new Doctor({ dir: arena.dir });
    await withFiles(files, async () => {
      await recovery?.(accounts).catch(() => accounts.repair());
    }).catch((error) => problems.push(`no recovery: ${error}`));
  };
  if (it.recoveryFailAt !== undefined) {
    const { recoveryFailAt } = it;
    const fault = "halt";
    const options = { failAt: recoveryFailAt, fault, canExchange, volume };
    const files = countingFiles(realFiles, options as CountingFilesOptions);
    await recover(files);
    failed = files.steps >= recoveryFailAt;
  }
  await recover(countingFiles(realFiles, { volume }));
  const violations = checkInvariants(arena, arena.owners, { settled: true });
  violations.others.push(...problems);
  return { violations, failed };
}

async function prepare(
  scenario: Scenario,
  accounts: Case["accounts"],
  { hasProcesses = false }: Pick<ArenaOptions, "hasProcesses"> = {},
): Promise<Arena> {
  const isApart = accounts === "apart";
  await using owned = new AsyncDisposableStack();
  // No test here starts a stranger, and a search for one takes time.
  owned.use(strangers());
  if (!hasProcesses) owned.use(noOrphans());
  const arena = owned.use(await makeArena({ isApart, hasProcesses }));
  await scenario.prepare?.(arena, new Doctor({ dir: arena.dir }));
  const disposables = owned.move();
  return {
    ...arena,
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

function volumeOf(
  { dir }: Arena,
  accounts: Case["accounts"],
): string | undefined {
  return accounts === "as if apart" ? `${dir}/accounts` : undefined;
}

/** A refused operation fails, which is not a violation. */
async function actIn(
  arena: Arena,
  scenario: Scenario,
  files: CountingFiles,
): Promise<void> {
  const accounts = new Doctor({ dir: arena.dir });
  await withFiles(files, async () => {
    await scenario.act(accounts, arena);
  }).catch((error) => {
    const { message } = error.cause ?? error;
    const isOurs = /^(ENOSPC|EIO): /.test(message);
    if (!isOurs && !isRefusal(error)) throw error;
  });
}

async function withFiles(
  files: CountingFiles,
  action: () => Promise<void>,
): Promise<void> {
  runtime.files = files;
  try {
    await Promise.race([action(), files.halted]);
  } finally {
    runtime.files = realFiles;
  }
}

async function killInProcess(
  arena: Arena,
  name: string,
  failAt: number,
): Promise<boolean> {
  const program = `${CHECKOUT}/tests/torture/scenario_driver.ts`;
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--cached-only",
      "-A",
      program,
      arena.home,
      name,
      String(failAt),
    ],
    clearEnv: true,
    env: arena.env,
    cwd: CHECKOUT,
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (signal !== "SIGKILL" && text) throw new Error(`${name}: ${text}`);
  return signal === "SIGKILL";
}

/**
 * No process of ours is running. But a process that another thread has just
 * forked shares the lock until its exec.
 */
async function isLockFree({ dir }: Pick<Arena, "dir">): Promise<boolean> {
  const path = `${dir}/state.yaml.lock`;
  if (!await realFiles.info(path)) return true;
  for (const deadline = Date.now() + FORK_MS; Date.now() < deadline;) {
    using lock = await realFiles.tryLock(path, 0o600);
    if (lock) return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
}

const FORK_MS = 30_000;

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new RangeError(`There is no scenario "${name}"`);
  return scenario;
}
