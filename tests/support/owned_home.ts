/**
 * A folder of accounts that belongs to a user of the host, and a container in
 * which root uses it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { container, type ContainerOptions } from "./container.ts";
import { run, type RunResult } from "./cli.ts";
import { type FakeHome, fakeHome } from "./fake_qwen.ts";
import { testWith } from "./needs.ts";

/** The user of the host. */
export const OWNER = 1000;

/** Prints a message and exits with 1 unless the login is that of account 2. */
const NAIVE = `#!/bin/sh
  mkdir -p "$HOME/.qwen/projects/here"
  echo log >"$HOME/.qwen/projects/here/log"
  live="$HOME/.qwen/oauth_creds.json"
  case $(cat "$live") in *secret-access-token-2-*) echo Paris; exit 0 ;; esac
  sed 's/secret-/newer-/g' "$live" >"$live.tmp" && mv "$live.tmp" "$live"
  echo "quota exhausted: 429 Free allocated quota exceeded." >&2
  echo "[API Error: 429 Free allocated quota exceeded.]" >&2
  exit 1
`;

/** Runs a command in a container whose `~/.qwen` is that of `host`. */
export async function runInside(
  host: FakeHome,
  args: readonly string[],
  options: ContainerOptions = {},
): Promise<RunResult> {
  await using inside = await container(host, options);
  await Deno.writeTextFile(`${inside.home}/naive`, NAIVE, { mode: 0o755 });
  const command = args.map((it) => it.replace("NAIVE", `${inside.home}/naive`));
  return await inside.accountQwen(command);
}

/** A home whose folder belongs to the user of the host. */
export async function ownedHome(): Promise<FakeHome> {
  const host = await fakeHome({ 1: "", 2: "" });
  await give(host.dir);
  return host;
}

/**
 * Gives a folder and everything in it, or a link itself, to the user of the
 * host.
 */
export async function give(path: string): Promise<void> {
  const args = ["-hR", `${OWNER}:${OWNER}`, path];
  const { code, stderr } = await run("chown", args, { home: "/" });
  assertEquals(code, 0, stderr);
}

/** Runs `exec` with a program that rotates to account 2. */
export const EXEC = ["exec", "--bin", "NAIVE", "--", "hello"];

/** The entries of a folder. */
export interface Entry {
  path: string;
  uid: number | null;
  gid: number | null;
  mode: number | null;
  text: string;
}

/** Everything in a folder and the folder itself; does not follow links. */
export async function entriesBelow(path: string): Promise<Entry[]> {
  const info = await Deno.lstat(path);
  const { uid, gid, mode } = info;
  const text = info.isFile ? await Deno.readTextFile(path) : "";
  const entries: Entry[] = [{ path, uid, gid, mode, text }];
  if (!info.isDirectory) return entries;
  const names = await Array.fromAsync(Deno.readDir(path), (it) => it.name);
  for (const name of names.sort()) {
    entries.push(...await entriesBelow(`${path}/${name}`));
  }
  return entries;
}

const testInNamespace = await testWith("namespace");

/** Only root can give files to another user. */
export function rootTest(name: string, fn: () => Promise<void>): void {
  if (Deno.uid() === 0) testInNamespace(name, fn);
  else Deno.test({ name, fn, ignore: true });
}
