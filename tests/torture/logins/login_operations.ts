import { homeLogin as claude } from "../../../lib/agents/claude/login.ts";
import type { LoginIdentity } from "../../../lib/agents/home_login.ts";
import { homeLogin as codex } from "../../../lib/agents/codex/login.ts";
import { writeAtomic } from "../../../lib/disk/files.ts";
import { withLock } from "../../../lib/disk/lock.ts";
import { hasCode, LoginNeededError } from "../../../lib/errors.ts";
import { runtime } from "../../../lib/system/mod.ts";
import type {
  HomeCall,
  HomeResult,
} from "../../../lib/vault/home_logins/home_call.ts";
import {
  moveIn,
  moveOut,
  reserveHome,
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import {
  type HomePlace,
  type HomeRecord,
  isLogin,
  readLogin,
  storeOf,
} from "../../../lib/vault/home_logins/home_place.ts";
import type { Random } from "../random.ts";
import { readText } from "../read_text.ts";
import type { LoginPlace } from "./login_arena.ts";

/** What an operation works with. */
export interface LoginBench {
  place: LoginPlace;
  random: Random;
  /** The version of the agent. */
  version: string;
}

/** Who may log in. */
export const OWNERS = ["anna", "ben", "carla", "dora", "emil"] as const;

/** A start so near the end of a token is alone with its account. */
const NEAR_MS = 10 * 60_000;

const FORMATS = { claude, codex };

/** Thrown for an operation that must not be done now. */
const REFUSED = new Error("refused");

/** Each operation and how often it is drawn. */
const OPERATIONS: readonly [
  weight: number,
  name: string,
  act: (bench: LoginBench) => Promise<void>,
][] = [
  [20, "settle", (it) => underLock(it, settleHomeLogins)],
  [30, "switch", switchAccount],
  [5, "move in", moveThere],
  [4, "move out", takeOut],
  [6, "log in", logIn],
  [30, "exec", exec],
];

/** Runs an operation that `random` draws, and returns its name. */
export async function operate(bench: LoginBench): Promise<string> {
  const all = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);
  let drawn = bench.random.next() * all;
  for (const [weight, name, act] of OPERATIONS) {
    drawn -= weight;
    if (drawn >= 0) continue;
    try {
      await act(bench);
      return name;
    } catch (error) {
      const isRefused = error === REFUSED ||
        error instanceof LoginNeededError ||
        hasCode(error, "invalid-credential", "unsafe-file", "locked");
      if (isRefused) return `${name}: refused`;
      throw error;
    }
  }
  return "nothing";
}

/** Where `lib/vault/home_logins` finds what is in an arena. */
export function homePlace({ agent, accounts, plain }: LoginPlace): HomePlace {
  return { accounts, plain, format: FORMATS[agent] };
}

interface SavedRecord {
  plain?: number;
  managesPlain?: boolean;
  accounts: [number, LoginIdentity | null][];
}

/** Reads what the last call has recorded. */
export function readRecord({ accounts }: LoginPlace): HomeRecord {
  const text = readText(`${accounts}/record.json`);
  if (text === undefined) return { plain: undefined, accounts: new Map() };
  const { plain, managesPlain, accounts: all }: SavedRecord = JSON.parse(text);
  return {
    plain,
    managesPlain,
    accounts: new Map(all.map(([index, it]) => [index, it ?? undefined])),
  };
}

/** Runs `call` under our lock, and saves what it returns. */
export async function underLock<T extends HomeResult>(
  { place }: LoginBench,
  call: (home: HomePlace, call: HomeCall) => Promise<T>,
): Promise<void> {
  await locked(place, async () => {
    await save(place, call);
  });
}

async function locked(
  { dir }: LoginPlace,
  action: () => Promise<void>,
): Promise<void> {
  await withLock(`${dir}/state.yaml.lock`, action);
}

async function save<T extends HomeResult>(
  place: LoginPlace,
  call: (home: HomePlace, call: HomeCall) => Promise<T>,
): Promise<T> {
  const result = await call(homePlace(place), {
    record: readRecord(place),
    notify: () => {},
  });
  const { accounts, ...others } = result.record;
  const text = JSON.stringify({ ...others, accounts: [...accounts] });
  const bytes = new TextEncoder().encode(text);
  await writeAtomic(`${place.accounts}/record.json`, bytes);
  return result;
}

async function switchAccount(bench: LoginBench): Promise<void> {
  const { place } = bench;
  await locked(place, async () => {
    const index = pickAccount(bench);
    await requireUnused(place, index);
    await requireNoPlainCodex(place);
    await save(place, (home, call) => switchPlain(home, { ...call, index }));
  });
}

async function moveThere({ place }: LoginBench): Promise<void> {
  await locked(place, async () => {
    await requireNoPlainCodex(place);
    await save(place, moveIn);
  });
}

async function takeOut(bench: LoginBench): Promise<void> {
  const { place } = bench;
  await locked(place, async () => {
    const index = pickAccount(bench);
    if (readRecord(place).accounts.size <= 2) throw REFUSED;
    await requireUnused(place, index);
    await requireNoPlainCodex(place);
    await save(place, (home, call) => moveOut(home, { ...call, index }));
  });
}

/** Logs in as a user does who is asked for it: in a new folder. */
async function logIn({ place, random, version }: LoginBench): Promise<void> {
  let index = 0;
  await locked(place, async () => {
    if (readRecord(place).accounts.size >= 6) throw REFUSED;
    const made = await save(place, reserveHome);
    index = made.index;
  });
  const format = FORMATS[place.agent];
  const folder = `${place.accounts}/${index}`;
  const { args } = format.logIn;
  await run(place, {
    args,
    index,
    actor: `account-qwen, login in ${index}`,
    env: {
      ...format.variables(folder, version),
      TORTURE_LOGIN: random.pick(OWNERS),
    },
  }).status;
  await locked(place, async () => {
    await save(place, settleHomeLogins);
  });
}

/** Starts a run under our lock, so that others see it from its beginning. */
async function exec(bench: LoginBench): Promise<void> {
  const { place, random, version } = bench;
  const running: Deno.ChildProcess[] = [];
  await locked(place, async () => {
    const { record } = await save(place, settleHomeLogins);
    const index = pickAccount(bench);
    const home = homePlace(place);
    const store = storeOf(home, record, index);
    const found = await readLogin(`${store}/${home.format.file}`, home);
    if (!isLogin(found)) throw REFUSED;
    const { expiresAt = Infinity } = found.login;
    if (expiresAt <= Date.now() + NEAR_MS) {
      await requireUnused(place, index);
      if (record.plain === index) await requireUnused(place, "plain");
    }
    const isPlain = store === place.dir;
    running.push(run(place, {
      args: promptArgs(place, random),
      index: isPlain ? "plain" : index,
      actor: `account-qwen, exec with ${index}`,
      env: isPlain ? {} : home.format.variables(store, version),
    }));
  });
  await Promise.all(running.map((it) => it.status));
}

/** Returns the arguments of a run, which draws its own wishes. */
export function promptArgs(
  { agent }: Pick<LoginPlace, "agent">,
  { between, chance }: Random,
): string[] {
  const wishes = [
    `turns=${chance(0.7) ? 1 : between(2, 3)}`,
    `pause=${between(10, 150)}`,
    `stamp=${chance(0.2) ? 1 : 0}`,
  ].join(" ");
  return agent === "codex" ? ["exec", wishes] : ["-p", wishes];
}

/** A run of the fake. */
export interface FakeRun {
  args: readonly string[];
  /** The account whose folder it uses, or that it uses the plain place. */
  index: number | "plain";
  actor: string;
  env?: Record<string, string>;
}

function run(
  place: LoginPlace,
  { args, index, actor, env = {} }: FakeRun,
): Deno.ChildProcess {
  return new Deno.Command(place.bin, {
    args: [...args],
    env: {
      ...env,
      TORTURE_ACTOR: actor,
      TORTURE_USES: usedBy(place, index),
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The value of the variable by which a process shows what it uses. */
export function usedBy({ home }: LoginPlace, index: number | "plain"): string {
  return `${home}:${index};`;
}

async function requireUnused(
  place: LoginPlace,
  index: number | "plain",
): Promise<void> {
  const value = usedBy(place, index);
  const all = await runtime.host.processesOf(-1, "TORTURE_USES", value);
  if (all.length > 0) throw REFUSED;
}

/** A codex that runs in the plain place has its account in memory. */
async function requireNoPlainCodex(place: LoginPlace): Promise<void> {
  if (place.agent === "codex") await requireUnused(place, "plain");
}

function pickAccount({ place, random }: LoginBench): number {
  const [first = 1, ...others] = [...readRecord(place).accounts.keys()];
  return random.pick([first, ...others]);
}
