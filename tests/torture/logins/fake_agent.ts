/**
 * What the fakes of codex and claude share: they ask the service of the torture,
 * write down each step that matters for a login, and note each token that they
 * read or write. `TORTURE_SERVICE` is the origin of the service, `TORTURE_STEPS`
 * the file of the steps, `TORTURE_NOTES` that of the tokens, and `TORTURE_ACTOR`
 * who has started the fake. With `TORTURE_HOLD`, such as `3:/path`, it creates the
 * file `/path.reached` before its third step, and waits for `/path.go`.
 *
 * @module
 */

import { nameOf } from "./token_book.ts";
import { ACTOR_HEADER, OWNER_HEADER } from "./wire.ts";

/** What a fake did with a token; a line of the file of the notes. */
export interface Note {
  /** Who has started it. */
  actor: string;
  /** The process. */
  pid: number;
  /** What it did with the file. */
  act: "reads" | "writes" | "removes" | "drops" | "gets" | "commits" | "fails";
  /** The command, such as `exec` or `login`. */
  command: string;
  /** The token, such as `refresh-anna-1-0`. */
  token?: string | undefined;
  /** The token that was in the file before. */
  over?: string | undefined;
  /** The file. */
  path?: string | undefined;
  /** When, epoch milliseconds. */
  at: number;
}

/** The command that the fake was called with. */
let command = "exec";

/** Runs a fake, and ends the process with its exit code. */
export async function runFake(
  what: string,
  main: () => Promise<number>,
): Promise<never> {
  command = what;
  try {
    Deno.exit(await main());
  } catch (error) {
    // An error here is a defect of the fake; the check reports it.
    const text = error instanceof Error ? error.stack : error;
    note("fails", { path: String(text) });
    Deno.exit(1);
  }
}

/** How many steps there were. */
let steps = 0;

/** Writes a step down, such as `lock .codex/auth.lock`. */
export function step(text: string): void {
  steps++;
  hold(text);
  const file = Deno.env.get("TORTURE_STEPS");
  if (!file) return;
  const home = Deno.env.get("HOME") ?? "";
  const line = text.replaceAll(`${home}/`, "");
  Deno.writeTextFileSync(file, `${line}\n`, { append: true });
}

/** Waits before a step that a test has chosen. */
function hold(text: string): void {
  const [, number, path] = /^(\d+):(.*)$/.exec(
    Deno.env.get("TORTURE_HOLD") ?? "",
  ) ?? [];
  if (path === undefined || Number(number) !== steps) return;
  Deno.writeTextFileSync(`${path}.reached`, text);
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (peek(`${path}.go`) === undefined) Atomics.wait(never, 0, 0, 2);
}

/** Notes what happened to a token. */
export function note(act: Note["act"], more: Partial<Note> = {}): void {
  const file = Deno.env.get("TORTURE_NOTES");
  if (!file) return;
  const actor = Deno.env.get("TORTURE_ACTOR") ?? "unknown";
  const { pid } = Deno;
  const line = { actor, pid, act, command, at: Date.now(), ...more };
  const text = `${JSON.stringify(line)}\n`;
  Deno.writeTextFileSync(file, text, { append: true });
}

/** The reply of the service. */
export interface Reply {
  /** The HTTP status. */
  status: number;
  /** The parsed body. */
  body: Record<string, unknown>;
}

/** Sends a request to the service. */
export async function ask(
  path: string,
  body: unknown,
  { bearer }: { bearer?: string } = {},
): Promise<Reply> {
  step(`request ${path}`);
  const url = `${Deno.env.get("TORTURE_SERVICE")}${path}`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      [ACTOR_HEADER]: Deno.env.get("TORTURE_ACTOR") ?? "unknown",
      [OWNER_HEADER]: Deno.env.get("TORTURE_LOGIN") ?? "",
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = text.startsWith("{");
  return { status: response.status, body: isJson ? JSON.parse(text) : {} };
}

/** Reads a file; `undefined` if there is none. */
export function readText(path: string): string | undefined {
  step(`read ${path}`);
  return peek(path);
}

/**
 * Reads the file with the login and notes it, with the time before it: what is
 * noted as read after a write was read after it, however busy the machine is.
 */
export function readLoginText(path: string): string | undefined {
  step(`read ${path}`);
  const at = Date.now();
  const text = peek(path);
  note("reads", { token: tokenIn(text), path, at });
  return text;
}

/** Reads a file without a step. */
export function peek(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes a file beside `path`, and renames it to `path`. */
export function replaceFile(
  path: string,
  { temporary, text }: { temporary: string; text: string },
): void {
  const pattern = temporary.replace(/[^./-]+$/, "*");
  step(`create ${pattern}`);
  using file = Deno.openSync(temporary, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  step(`write ${pattern}`);
  writeAll(file, text);
  step(`sync ${pattern}`);
  file.syncSync();
  step(`rename ${pattern} ${path}`);
  noteChange(path, text);
  Deno.renameSync(temporary, path);
  commit(path, text);
}

/** Truncates the file at `path`, through a link, and writes it. */
export function overwriteFile(path: string, text: string): void {
  step(`truncate ${path}`);
  noteChange(path, text);
  using file = Deno.openSync(path, {
    write: true,
    create: true,
    truncate: true,
    mode: 0o600,
  });
  step(`write ${Deno.realPathSync(path)}`);
  writeAll(file, text);
  commit(path, text);
}

/** Removes the name `path`; the target of a link stays. */
export function removeFile(path: string): void {
  const isLink = isLinkAt(path);
  if (!isLink) noteChange(path, undefined);
  step(`unlink ${path}`);
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The refresh token in a text. */
export function tokenIn(text: string | undefined): string | undefined {
  const name = nameOf(text ?? "");
  return name && `refresh-${name.owner}-${name.login}-${name.number}`;
}

/** What the prompt asks of the fake, such as `turns=3 pause=20 stamp=1`. */
export function wishesIn(prompt: string): Record<string, number> {
  const wishes = prompt.matchAll(/(\w+)=(\d+)/g);
  return Object.fromEntries(
    [...wishes].map(([, name, it]) => [name, Number(it)]),
  );
}

function noteChange(path: string, text: string | undefined): void {
  const over = tokenIn(peek(path));
  const act = text === undefined ? "removes" : "writes";
  note(act, { token: tokenIn(text), over, path });
}

function commit(path: string, text: string): void {
  note("commits", { token: tokenIn(text), path });
}

function isLinkAt(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += file.writeSync(bytes.subarray(done));
  }
}
