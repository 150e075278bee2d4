/** Interrupts calls that move logins, at each step, and checks what is left. */

import { assertEquals } from "@std/assert";
import { runtime } from "../../../lib/system/mod.ts";
import type { HomeResult } from "../../../lib/vault/home_logins/home_call.ts";
import {
  type CountingFiles,
  countingFiles,
  type CountingFilesOptions,
} from "../../support/counting_files.ts";
import { describeTree } from "../../support/describe_tree.ts";
import { saveFolder } from "../../support/saved_folder.ts";
import {
  type HomeScene,
  homeScene,
  type LINKED,
  namesBelow,
  type SceneOptions,
  tokenIn,
  tokensBelow,
} from "./home_scene.ts";

const realFiles = runtime.files;

/** A call that may be interrupted, after what the agent did before it. */
export interface Scenario extends SceneOptions {
  format: typeof LINKED;
  /** What the agent or the user does before the call. */
  before?: (scene: HomeScene) => void | Promise<unknown>;
  act?: (scene: HomeScene) => Promise<HomeResult>;
  /** Whether the plain agent has no login before the call. */
  startsLoggedOut?: boolean;
  /** The file of another program in the home, whose login is imported. */
  stored?: string;
}

/** How a step fails. In addition, each step is once the last one. */
const REFUSALS: readonly CountingFilesOptions[] = [
  { fault: "ENOSPC" },
  { fault: "ENOSPC", lasting: true },
  { fault: "EIO" },
  { fault: "EIO", lasting: true },
];

/** What the file system can do. */
const SYSTEMS: Readonly<
  Record<string, (scene: HomeScene) => CountingFilesOptions>
> = {
  "": () => ({}),
  ", without swapping names": () => ({ canExchange: false }),
  ", accounts on another file system": (it) => ({
    volume: it.place.accounts,
  }),
};

/** Most operations take several steps here. */
const hardest = ({ place }: HomeScene) => ({
  canExchange: false,
  volume: place.accounts,
});

/**
 * Declares the tests of a scenario: each step may fail or be the last. Of the
 * kills that leave the same files, only the first one is settled.
 */
export function testInterruptions(name: string, scenario: Scenario): void {
  for (const [system, optionsFor] of Object.entries(SYSTEMS)) {
    Deno.test(`${name}${system}: each step may fail or be the last`, async () => {
      const found: unknown[] = [];
      let isWhole = false;
      for (let failAt = 1; !isWhole; failAt++) {
        const refusal = REFUSALS[failAt % REFUSALS.length];
        for (const fault of [{ fault: "halt" } as const, refusal]) {
          const options = { ...fault, failAt };
          await using call = await interrupt(scenario, optionsFor, options);
          isWhole = call.isWhole;
          if (call.isRepeated) continue;
          const { problems } = await settleAfter(scenario, call);
          if (problems.length > 0) found.push({ ...options, problems });
        }
      }
      assertEquals(found, []);
    });
  }

  Deno.test(`${name}: each step of the call after it may be the last, too`, async () => {
    const found: unknown[] = [];
    let isWhole = false;
    for (let failAt = 1; !isWhole; failAt++) {
      const fault = { fault: "halt", failAt } as const;
      await using call = await interrupt(scenario, hardest, fault);
      isWhole = call.isWhole;
      if (call.isRepeated) continue;
      const { scene, scene: { record } } = call;
      const putBack = saveFolder(scene.home);
      for (let next = 1, isOver = isWhole; !isOver; next++) {
        putBack();
        scene.record = record;
        const run = await settleAfter(scenario, call, next);
        isOver = run.isNextWhole;
        if (run.problems.length > 0) found.push({ failAt, next, ...run });
      }
    }
    assertEquals(found, []);
  });

  Deno.test(`${name}: the agent may refresh between a kill and the next call`, async () => {
    const found: unknown[] = [];
    let isWhole = false;
    for (let failAt = 1; !isWhole; failAt++) {
      for (const system of [() => ({}), hardest]) {
        const fault = { fault: "halt", failAt, refresh: true } as const;
        await using call = await interrupt(scenario, system, fault);
        isWhole = call.isWhole;
        if (call.isRepeated) continue;
        const { problems } = await settleAfter(scenario, call);
        if (problems.length > 0) found.push({ failAt, problems });
      }
    }
    assertEquals(found, []);
  });
}

interface Interruption extends CountingFilesOptions {
  failAt: number;
  /** Whether the plain agent refreshes its login before the next call. */
  refresh?: boolean;
}

/** A call that was interrupted, and what it left. */
interface Interrupted extends AsyncDisposable {
  scene: HomeScene;
  /** What the file system of the calls can do. */
  options: CountingFilesOptions;
  /** The tokens before the call, with the files that have them. */
  tokens: Map<string, string[]>;
  /** The token that the plain agent has spent since. */
  spent: string | undefined;
  /** Whether the call has ended before the step that was to fail. */
  isWhole: boolean;
  /** Whether a kill one step earlier leaves the same files. */
  isRepeated: boolean;
}

/** Makes the scene, and interrupts the call. */
async function interrupt(
  scenario: Scenario,
  optionsFor: (scene: HomeScene) => CountingFilesOptions,
  { refresh = false, ...fault }: Interruption,
): Promise<Interrupted> {
  const { format, act, before } = scenario;
  const scene = await homeScene(format, scenario);
  await before?.(scene);
  const tokens = tokensBelow(scene.home);
  const options = optionsFor(scene);
  const ended = await run({ ...options, ...fault }, async () => {
    if (act) await scene.keep(act(scene));
    else await scene.settle();
  });
  return {
    scene,
    options,
    tokens,
    spent: refresh ? refreshPlain(scene) : undefined,
    isWhole: ended.steps < fault.failAt,
    isRepeated: isRepeated(ended, fault),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

/**
 * Settles what an interrupted call has left, and checks it. The first attempt
 * is killed at step `next`.
 */
async function settleAfter(
  scenario: Scenario,
  { scene, options, ...call }: Interrupted,
  next = Infinity,
): Promise<{ problems: string[]; isNextWhole: boolean }> {
  const halt = { ...options, fault: "halt", failAt: next } as const;
  const ended = await run(halt, () => scene.settle());
  if (isRepeated(ended, halt)) return { problems: [], isNextWhole: false };
  await run(options, () => scene.settle());
  const problems = await check(scene, scenario, call);
  return { problems, isNextWhole: ended.steps < next };
}

/** Whether the files were stopped where one step earlier is the same. */
function isRepeated(
  { steps, isSameAsBefore }: CountingFiles,
  { fault, failAt = Infinity }: CountingFilesOptions,
): boolean {
  return fault === "halt" && steps === failAt && isSameAsBefore;
}

/** Refreshes as the plain agent does; returns the token that is spent then. */
function refreshPlain({ place }: HomeScene): string | undefined {
  const { plain, format } = place;
  const token = tokenIn(plain);
  if (!token) return undefined;
  const text = Deno.readTextFileSync(plain);
  const refreshed = text.replace(`"${token}"`, `"${token}-refreshed"`)
    .replace(/"expiresAt":\d+/, '"expiresAt":10000');
  if (format.plain === "stays") Deno.removeSync(plain);
  Deno.writeTextFileSync(plain, refreshed, { mode: 0o600 });
  return token;
}

/** Runs `action` with these files, and returns them. */
async function run(
  options: CountingFilesOptions,
  action: () => Promise<void>,
): Promise<CountingFiles> {
  const files = countingFiles(realFiles, options);
  runtime.files = files;
  try {
    await Promise.race([action(), files.halted]);
  } catch (error) {
    const isOurs = error instanceof Error && /refused by the test/.test(
      error.message,
    );
    if (!isOurs) throw error;
  } finally {
    runtime.files = realFiles;
  }
  return files;
}

/** Returns what is wrong after everything is settled. */
async function check(
  scene: HomeScene,
  { format, plain, startsLoggedOut, stored }: Scenario,
  { tokens: before, spent }: {
    tokens: Map<string, string[]>;
    spent: string | undefined;
  },
): Promise<string[]> {
  const problems: string[] = [];
  const { home, record } = scene;
  const tokens = tokensBelow(home);
  for (const token of before.keys()) {
    const wanted = token === spent ? `${token}-refreshed` : token;
    if (!tokens.has(wanted)) problems.push(`${wanted} is lost`);
  }
  for (const path of tokens.get(spent ?? "") ?? []) {
    const isUsed = path === scene.place.plain || /\/accounts\/\d/.test(path);
    if (isUsed) problems.push(`${spent} is used again in ${path}`);
  }
  for (const [token, paths] of tokens) {
    const isLogin = !token.startsWith("mcp-");
    const isAsBefore = stored !== undefined &&
      `${before.get(token)}` === `${paths}`;
    if (!isLogin || isAsBefore) continue;
    if (paths.length > 1) problems.push(`${token} in ${paths}`);
  }
  if (stored !== undefined) problems.push(...usedTwice(scene));
  for (const [index, identity] of record.accounts) {
    const folder = ownerIn(`${home}/accounts/${index}/${format.file}`);
    const isPlain = format.plain === "stays" && record.plain === index;
    const here = isPlain ? ownerIn(scene.place.plain) : undefined;
    for (const owner of [folder, here]) {
      if (owner === undefined || owner === identity?.owner) continue;
      problems.push(`account ${index} of ${identity?.owner} has ${owner}`);
    }
    const wanted = ({ 1: "alice", 2: "bob" } as Record<number, string>)[index];
    const isKnown = scene.place.accounts && typeof plain === "number";
    if (isKnown && wanted !== undefined && identity?.owner !== wanted) {
      problems.push(`account ${index} is ${identity?.owner}`);
    }
  }
  if (!startsLoggedOut && scene.token(format.file) === undefined) {
    problems.push("the plain agent has no login");
  }
  problems.push(...oddNames(home, stored));
  const tree = await describeTree(home);
  await scene.settle();
  const again = await describeTree(home);
  if (again.join() !== tree.join()) problems.push("settling is not the end");
  return problems;
}

/** Returns the owners whose logins are in use in two places. */
function usedTwice({ home, place }: HomeScene): string[] {
  const files = namesBelow(home).filter((it) =>
    it === place.plain || /\/accounts\/\d+\/[\w.]+$/.test(it)
  );
  const owners = files.map(ownerIn).filter((it) => it !== undefined);
  return owners.filter((it, at) => owners.indexOf(it) !== at)
    .map((it) => `two logins of ${it} are used`);
}

function ownerIn(path: string): string | undefined {
  try {
    if (!Deno.lstatSync(path).isFile) return undefined;
    const value = Object(JSON.parse(Deno.readTextFileSync(path)));
    const { owner, token } = Object(value.login ?? value);
    return token === undefined ? undefined : owner;
  } catch {
    return undefined;
  }
}

/** Returns what no call may leave: temporary names, locks, and wide modes. */
function oddNames(home: string, stored?: string): string[] {
  const problems: string[] = [];
  const allowed =
    /^(?:\.lock|\/(?:\.refresh\.lock|accounts\/\d+(?:\.lock|\/\.refresh\.lock)|auth\.(?:json|lock)|\.credentials\.json|accounts(?:\/(?:\d+(?:\/(?:auth\.(?:json|lock)|\.credentials\.json))?|(?:stash|generations)(?:\/oauth_creds[\w.-]+\.json)?))?))$/;
  for (const path of namesBelow(home)) {
    const name = path.slice(home.length);
    if (`/${stored}`.startsWith(name)) continue;
    if (!allowed.test(name)) problems.push(`${name} should not be there`);
    const { isFile, isDirectory, mode } = Deno.lstatSync(path);
    const bits = (mode ?? 0) & 0o077;
    const isOurs = name.startsWith("/accounts/");
    if (isOurs && (isFile || isDirectory) && bits !== 0) {
      problems.push(`${name} is open to others`);
    }
  }
  return problems;
}
