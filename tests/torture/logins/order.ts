/**
 * The steps of a program that matter for its login, in their order: as a fake
 * writes them down, or as `strace` sees them in the real program.
 *
 * @module
 */

import type { SeenRequest, TokenService } from "./token_service.ts";

/** How to run a program. */
export interface TracedRun {
  /** The program. */
  bin: string;
  /** Its arguments. */
  args: readonly string[];
  /** Its environment, with `HOME`. */
  env: Record<string, string>;
  /** What it reads from stdin. @default nothing */
  input?: string;
}

/** Much longer than any of the programs takes, also under `strace`. */
const DEADLINE_MS = 60_000;

/** The calls that are looked at. The programs of codex use the older ones. */
const CALLS = "open,openat,flock,fsync,rename,renameat,renameat2,unlink," +
  "unlinkat,mkdir,mkdirat,rmdir,write,pwrite64";

/** Runs the real program under `strace`, and returns its steps. */
export async function traceSteps(
  { bin, args, env, input }: TracedRun,
  service: TokenService,
): Promise<string[]> {
  const { HOME = "" } = env;
  const trace = `${HOME}/trace`;
  const options = ["-f", "-y", "-ttt", "-s", "0", "-o", trace];
  const { requests } = service;
  requests.length = 0;
  await run({
    bin: "strace",
    args: [...options, "-e", `trace=${CALLS}`, bin, ...args],
    env,
    ...(input === undefined ? {} : { input }),
  });
  return sort(parseTrace(Deno.readTextFileSync(trace), HOME), requests);
}

/** Runs a fake, and returns the steps that it has written down. */
export async function fakeSteps(it: TracedRun): Promise<string[]> {
  const file = `${it.env.HOME}/steps`;
  const env = { ...it.env, TORTURE_STEPS: file };
  await run({ ...it, env });
  const lines = Deno.readTextFileSync(file).trim().split("\n");
  return essence(lines.filter((line) => !isOther(line)));
}

async function run({ bin, args, env, input = "" }: TracedRun): Promise<void> {
  const child = new Deno.Command(bin, {
    args: [...args],
    clearEnv: true,
    env,
    cwd: env.HOME ?? "/",
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  await child.status;
}

/** A step and its time, epoch milliseconds. */
interface TimedStep {
  text: string;
  at: number;
}

function sort(
  steps: readonly TimedStep[],
  requests: readonly SeenRequest[],
): string[] {
  const asked = requests.map(({ path, at }) => ({
    text: `request ${path}`,
    at,
  }));
  const all = [...steps, ...asked].filter((it) => !isOther(it.text));
  return essence(all.sort((a, b) => a.at - b.at).map((it) => it.text));
}

/** Requests that spend or grant no token. */
function isOther(step: string): boolean {
  return step.startsWith("request ") && !/token$|revoke$/.test(step);
}

/** Without repetitions, and without what is read at the end. */
function essence(steps: readonly string[]): string[] {
  const once = steps.filter((it, at) => it !== steps[at - 1]);
  const last = once.findLastIndex((it) => !it.startsWith("read "));
  return once.slice(0, last + 1);
}

const LINE = /^(\d+) +(\d+\.\d+) (.*)$/;

function parseTrace(text: string, home: string): TimedStep[] {
  const steps: TimedStep[] = [];
  const pending = new Map<string, { call: string; at: number }>();
  for (const line of text.split("\n")) {
    const [, pid = "", seconds, rest = ""] = LINE.exec(line) ?? [];
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(rest)?.[1];
    let at = Number(seconds) * 1_000;
    if (begun !== undefined) {
      pending.set(pid, { call: begun, at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    const before = resumed === undefined ? undefined : pending.get(pid);
    if (before) at = before.at;
    const step = stepOf(before ? before.call + resumed : rest);
    if (step?.includes(`${home}/`) && isOfLogin(step)) {
      steps.push({ text: step.replaceAll(`${home}/`, ""), at });
    }
  }
  return steps;
}

function isOfLogin(step: string): boolean {
  return /auth\.|\.auth-|\.credentials\.json|refresh\.lock|claude\.lock|storage-write/
    .test(step) && !/mcp-oauth|skills\//.test(step);
}

/** Returns the step that a call is, if it is one that matters and succeeded. */
function stepOf(call: string): string | undefined {
  const [, name = ""] = /^(\w+)\(/.exec(call) ?? [];
  const [first = "", second = ""] = [...call.matchAll(/"([^"]+)"/g)]
    .map(([, path = ""]) => pattern(path));
  const [, opened = ""] = /^\w+\(\d+<([^>]+)>/.exec(call) ?? [];
  const failed = / = -1 /.test(call);
  if (name === "open" || name === "openat") return stepOfOpen(call, first);
  if (failed) return undefined;
  switch (name) {
    case "flock":
      return /LOCK_EX/.test(call) ? `lock ${opened}` : undefined;
    case "fsync":
      return `sync ${pattern(opened)}`;
    case "write":
    case "pwrite64":
      return `write ${pattern(opened)}`;
    case "mkdir":
    case "mkdirat":
      return first.endsWith(".lock") ? `lock ${first}` : undefined;
    case "rmdir":
      return `unlock ${first}`;
    case "unlink":
    case "unlinkat":
      return `${/AT_REMOVEDIR/.test(call) ? "unlock" : "unlink"} ${first}`;
    case "rename":
    case "renameat":
    case "renameat2":
      return `rename ${first} ${second}`;
    default:
      return undefined;
  }
}

function stepOfOpen(call: string, path: string): string | undefined {
  if (/O_PATH|O_DIRECTORY|\.owner"/.test(call)) return undefined;
  if (/O_TRUNC/.test(call)) return `truncate ${path}`;
  if (/O_EXCL/.test(call)) return `create ${path}`;
  return /O_RDONLY/.test(call) ? `read ${path}` : undefined;
}

/** The path with a star in place of what is random in it. */
function pattern(path: string): string {
  return path.replace(/(\/\.auth-)\w+$|(\.tmp\.)\w+$/, "$1$2*");
}
