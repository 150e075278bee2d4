/**
 * Stands in for `qwen` 0.12.0 as far as its credentials go: reads the live file
 * once, and again only if it has become newer; refreshes under its own advisory
 * lock, which every instance removes when it ends; replaces the live file with
 * the new login; removes the live file if the refresh is refused. Its times are
 * a hundredth of the real ones. The prompt is the seed of its decisions.
 *
 * @module
 */

import {
  askForPair,
  type Login,
  readLogin,
  readNewerLogin,
  removeIfThere,
  removeLogin,
  writeLogin,
} from "./agent_files.ts";
import { inWorld, note } from "./service.ts";
import { type Random, seeded } from "./random.ts";

const DEVICE_FLOW = "Qwen OAuth Device Authorization";
const QUOTA_ERROR =
  "Qwen OAuth quota exceeded: Your free daily quota has been reached.";

/** The shortest time between two looks at the live file; really 5 s. */
const CHECK_INTERVAL_MS = 50;

/** The real device flow waits for minutes; this one must end. */
const DEVICE_FLOW_MS = 500;

const world = Deno.env.get("TORTURE_WORLD") ?? "";
const home = Deno.env.get("QWEN_HOME") ?? `${Deno.env.get("HOME")}/.qwen`;
const live = `${home}/oauth_creds.json`;
const lock = `${home}/oauth_creds.lock`;

/** Runs with `args`; returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const run = Deno.env.get("ACCOUNT_QWEN_RUN") ?? "none";
  inWorld(world, (it) => note(it, `is qwen, run ${run}, of ${Deno.ppid}`));
  const random = seeded(Number(args.at(-1)?.replace(/^--prompt=/, "")));
  let login = readLogin(world, live);
  if (!login) return await deviceFlow();
  let checkedAt = Date.now();
  for (let refreshes = random.between(0, 3); refreshes > 0; refreshes--) {
    await sleep(random.chance(0.3) ? random.between(60, 400) : 5);
    if (Date.now() - checkedAt >= CHECK_INTERVAL_MS) {
      login = readNewerLogin(world, live, login);
      checkedAt = Date.now();
    }
    const refreshed = await refreshUnderLock(login, random);
    if (refreshed === "refused") return await deviceFlow();
    login = refreshed;
  }
  await sleep(random.chance(0.2) ? random.between(100, 800) : 5);
  if (random.chance(0.15)) {
    console.error(QUOTA_ERROR);
    return 1;
  }
  console.log(`answer of ${login.owner}`);
  return 0;
}

/** Checks again, under the lock, whether another process has refreshed. */
async function refreshUnderLock(
  login: Login,
  random: Random,
): Promise<Login | "refused"> {
  if (!await takeLock()) return login;
  try {
    const newer = readNewerLogin(world, live, login);
    if (newer !== login && random.chance(0.7)) return newer;
    await sleep(random.between(0, 10)); // the request
    const pair = askForPair(world, newer);
    await sleep(random.between(0, 10)); // the answer
    if (pair) return writeLogin(world, live, pair);
    removeLogin(world, live);
    return "refused";
  } finally {
    removeIfThere(lock);
  }
}

async function takeLock(): Promise<boolean> {
  for (let tries = 0, pauseMs = 2; tries < 20; tries++) {
    try {
      Deno.writeTextFileSync(lock, String(Deno.pid), { createNew: true });
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, 20);
  }
  return false;
}

async function deviceFlow(): Promise<number> {
  console.error(DEVICE_FLOW);
  await sleep(DEVICE_FLOW_MS);
  return 1;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let code = 1;
try {
  code = await main(Deno.args);
} catch (error) {
  // An error here is a defect of this file; the check reports it.
  Deno.writeTextFileSync(`${world}.agent-failed`, String(error));
} finally {
  removeIfThere(lock);
}
Deno.exit(code);
