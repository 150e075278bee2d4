/** A home with the home of an account in it. */

import type { AgentBasics, Keyed } from "../../../lib/agents/agent.ts";
import { layoutAt } from "../../../lib/disk/layout.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { realSystem } from "../../../lib/system/system.ts";
import { shareEntries } from "../../../lib/vault/home_logins/account_home.ts";
import { tempDir } from "../../support/temp_dir.ts";

// Loads the system library, which is never unloaded.
await runtime.files.exchange("/nowhere/a", "/nowhere/b");

/** The home of an agent, with the home of account 1 in it. */
export async function setAccountHome(
  agent: Keyed<AgentBasics>,
  ofUser: object,
) {
  const dir = await tempDir({ inMemory: true });
  const home = `${dir.path}/home`;
  const folder = `${home}/accounts/1`;
  const layout = layoutAt(`${home}/accounts`, { agent, home });
  await Deno.mkdir(folder, { recursive: true });
  await putFiles(home, ofUser);
  const told: string[] = [];
  const options = {
    folder,
    version: undefined,
    notify: (text: string) => told.push(text),
    // A lock that a call left is soon stale.
    system: { ...realSystem, now: () => Date.now() + 60_000 },
  };
  return {
    home,
    folder,
    told,
    share: () => shareEntries(layout, options),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** Writes files, by their path below `folder`. */
export async function putFiles(folder: string, files: object): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
}

/** Writes a file of JSON. */
export async function putJson(path: string, content: object): Promise<void> {
  await Deno.writeTextFile(path, JSON.stringify(content));
}

/** Returns the file of the user, and that of the account. */
export function stateFiles({ home, folder }: { home: string; folder: string }) {
  return { user: `${home}/.claude.json`, own: `${folder}/.claude.json` };
}

/** Whether a link is at `path`. */
export async function isLink(path: string): Promise<boolean> {
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isSymlink ?? false;
}

/** Returns the text of every file below `folder` that no link leads to. */
export async function textsBelow(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) texts.push(...await textsBelow(path));
    if (isFile) texts.push(await Deno.readTextFile(path));
  }
  return texts;
}

/** Sets a variable until disposed of. */
export function setVariable(name: string, value: string): AsyncDisposable {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  return {
    [Symbol.asyncDispose]() {
      if (before === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before);
      return Promise.resolve();
    },
  };
}
