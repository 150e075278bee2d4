import { assertEquals } from "@std/assert";
import {
  AccountError,
  FileError,
  LoginNeededError,
} from "../../../lib/errors.ts";
import { runtime } from "../../../lib/system/mod.ts";
import {
  moveIn,
  moveOut,
  reserveHome,
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { isSame } from "../../../lib/vault/home_logins/home_place.ts";
import {
  countingFiles,
  type CountingFilesOptions,
} from "../../support/counting_files.ts";
import { seeded } from "../../torture/random.ts";
import {
  type HomeScene,
  homeScene,
  LINKED,
  type Login,
  STAYING,
  tokensBelow,
} from "./home_scene.ts";

const realFiles = runtime.files;

const SEEDS = 40;
const STEPS = 40;
const OWNERS = ["alice", "bob", "carol", undefined] as const;

/** What the plain agent does. */
const AGENT = [
  "refresh",
  "login",
  "login in a new file",
  "key",
  "logout",
  "is refused",
  "other login",
] as const;

/** What we do. */
const CALLS = ["settle", "move in", "switch", "move out", "login"] as const;

/** What the service and the agent know of a login. */
interface Issued {
  /** The token that a refresh gave for it, which spends it. */
  next: string | undefined;
  /** Whether the agent itself has written over it, or deleted it. */
  isGone: boolean;
}

for (const format of [LINKED, STAYING]) {
  Deno.test(`nothing is lost or twice when anything happens in any order, ${format.plain}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const problems = await live(format, seed);
      assertEquals({ seed, problems }, { seed, problems: [] });
    }
  });
}

async function live(
  format: typeof LINKED,
  seed: number,
): Promise<string[]> {
  await using scene = await homeScene(format, {});
  const { between, chance, pick } = seeded(seed);
  const issued = new Map<string, Issued>();
  const told: string[] = [];
  let time = 1_000;

  function issue(owner: string | undefined, kind: "plan" | "api-key"): Login {
    const token = `${owner ?? "nobody"}-${issued.size + 1}`;
    issued.set(token, { next: undefined, isGone: false });
    return { token, owner, kind, expiresAt: ++time };
  }

  /** Writes as the agent does: in place, or in place of what is there. */
  function write(name: string, login: Login, isNew: boolean): void {
    const old = issued.get(scene.token(name) ?? "");
    const path = `${scene.home}/${name}`;
    const isLink = isNew && kindOf(path) === "link";
    if (old && !isLink) old.isGone = true;
    const others = othersIn(path);
    if (isNew) remove(path);
    scene.write(name, login, others);
  }

  function refresh(name: string): void {
    const token = scene.token(name);
    const owner = token?.split("-")[0];
    if (!token || owner === "key") return;
    const fresh = issue(owner === "nobody" ? undefined : owner, "plan");
    write(name, fresh, format === STAYING);
    Object.assign(issued.get(token) ?? {}, { next: fresh.token });
    told.push(`${token} becomes ${fresh.token}`);
  }

  const agent: Readonly<Record<(typeof AGENT)[number], () => void>> = {
    refresh: () => refresh(format.file),
    login: () =>
      write(format.file, issue(pick(OWNERS), "plan"), format === STAYING),
    "login in a new file": () =>
      write(format.file, issue(pick(OWNERS), "plan"), true),
    key: () => write(format.file, issue("key", "api-key"), false),
    logout: () => {
      const old = issued.get(scene.token(format.file) ?? "");
      if (old && format === STAYING) old.isGone = true;
      if (old && kindOf(scene.place.plain) === "file") old.isGone = true;
      remove(scene.place.plain);
    },
    "other login": () => {
      const { plain } = scene.place;
      if (format === LINKED) return;
      const text = kindOf(plain) ? Deno.readTextFileSync(plain) : "{}";
      const all = { ...JSON.parse(text), server: { token: `mcp-${++time}` } };
      Deno.writeTextFileSync(plain, JSON.stringify(all), { mode: 0o600 });
    },
    "is refused": () => {
      const token = scene.token(format.file);
      const owner = token?.split("-")[0];
      if (format === LINKED || !token || owner === "key") return;
      write(format.file, { token: "", owner, kind: "plan" }, true);
    },
  };
  function othersIn(path: string): object {
    if (format === LINKED || !kindOf(path)) return {};
    const { login: _, ...others } = JSON.parse(Deno.readTextFileSync(path));
    return others;
  }

  const calls: Readonly<
    Record<(typeof CALLS)[number], () => Promise<unknown>>
  > = {
    settle: () => scene.keep(settleHomeLogins(scene.place, scene.call())),
    "move in": () => scene.keep(moveIn(scene.place, scene.call())),
    switch: () => scene.keep(switchPlain(scene.place, withIndex())),
    "move out": () => scene.keep(moveOut(scene.place, withIndex())),
    login: async () => {
      const made = await scene.keep(reserveHome(scene.place, scene.call()));
      const name = `accounts/${made.index}/${format.file}`;
      write(name, issue(pick(OWNERS), "plan"), true);
    },
  };

  function withIndex() {
    const index = pick([1, ...scene.record.accounts.keys()]);
    return { ...scene.call(), index };
  }

  for (let at = 0; at < STEPS; at++) {
    for (let acts = between(0, 2); acts > 0; acts--) {
      const name = pick(AGENT);
      told.push(`agent: ${name}`);
      agent[name]();
    }
    const name = pick(CALLS);
    const failAt = chance(0.5) ? Infinity : between(1, 30);
    const options: CountingFilesOptions = {
      failAt,
      fault: pick(["halt", "ENOSPC", "EIO"]),
      volume: pick([undefined, scene.place.accounts]),
      canExchange: chance(0.7),
    };
    told.push(`${name}, ${JSON.stringify(options)}`);
    await run(options, calls[name]);
    if (chance(0.3)) continue; // the agent acts before the next call
    await scene.settle();
    const problems = check(scene, issued);
    if (problems.length > 0) return [...problems, ...told.slice(-12)];
    for (const index of scene.record.accounts.keys()) {
      if (chance(0.3)) refresh(`accounts/${index}/${format.file}`);
    }
  }
  return [];
}

async function run(
  options: CountingFilesOptions,
  action: () => Promise<unknown>,
): Promise<void> {
  const files = countingFiles(realFiles, options);
  runtime.files = files;
  try {
    await Promise.race([action(), files.halted]);
  } catch (error) {
    const isRefused = error instanceof FileError ||
      error instanceof LoginNeededError || error instanceof AccountError;
    const isOurs = error instanceof Error &&
      error.message.includes("refused by the test");
    if (!isRefused && !isOurs) throw error;
  } finally {
    runtime.files = realFiles;
  }
}

function check(
  { home, place, record }: HomeScene,
  issued: ReadonlyMap<string, Issued>,
): string[] {
  const problems: string[] = [];
  const found = tokensBelow(home);
  for (const [token, { next, isGone }] of issued) {
    const paths = found.get(token) ?? [];
    if (paths.length > 1) problems.push(`${token} is in ${paths}`);
    if (paths.length === 0 && !next && !isGone) {
      problems.push(`${token} is lost`);
    }
    const isUsed = paths.some((it) =>
      it === place.plain || /\/accounts\/\d/.test(it)
    );
    if (isUsed && isLive(next, issued)) {
      problems.push(`${token} is used again in ${paths}`);
    }
    for (const path of paths) {
      const index = Number(/\/accounts\/(\d+)\//.exec(path)?.[1]);
      const owner = record.accounts.get(index)?.owner;
      const stem = owner?.startsWith("sha256:") ? "key" : owner;
      if (stem === undefined || token.startsWith(`${stem}-`)) continue;
      problems.push(`account ${index} of ${owner} has ${token}`);
    }
  }
  const all = [...record.accounts.values()];
  for (const [at, identity] of all.entries()) {
    const isTwice = all.slice(at + 1).some((it) => isSame(it, identity));
    if (isTwice) problems.push(`two accounts of ${identity?.owner}`);
  }
  return problems;
}

/** Whether the agent has the last refresh of this login still. */
function isLive(
  token: string | undefined,
  issued: ReadonlyMap<string, Issued>,
): boolean {
  const it = issued.get(token ?? "");
  if (!it) return false;
  return it.next === undefined ? !it.isGone : isLive(it.next, issued);
}

function kindOf(path: string): "link" | "file" | undefined {
  try {
    return Deno.lstatSync(path).isSymlink ? "link" : "file";
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  if (kindOf(path)) Deno.removeSync(path);
}
