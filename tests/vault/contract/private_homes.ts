import "../../support/load_libc.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { layoutAt, type LinkedLayout } from "../../../lib/disk/layout.ts";
import { randomHex } from "../../../lib/disk/names.ts";
import {
  makePrivateHome,
  type PrivateHome,
} from "../../../lib/vault/homes/private_home.ts";
import { credential } from "../../support/account_folder.ts";
import { tempDir } from "../../support/temp_dir.ts";

/**
 * The run of a home. It has its own id, because other tests look for their
 * processes.
 */
export const RUN_ID: string = randomHex(8);

/** Another run. */
export const OTHER_ID: string = randomHex(8);

/** The login that a run gets. */
export const GIVEN = {
  token: "run-token-1",
  baseUrl: "http://127.0.0.1:9/v1",
};

/** The variables that a version of the agent uses. */
export const KINDS: Readonly<Record<string, string>> = {
  "a HOME": "0.12.0",
  "a QWEN_HOME": "0.24.4",
};

/** The home of a user with accounts 1 and 2, of which 1 is active. */
export interface UserHome extends AsyncDisposable {
  /** The folder. */
  path: string;
  /** The paths in `~/.qwen`. */
  layout: LinkedLayout;
  /** What the run sees. */
  make(version?: string, id?: string): Promise<PrivateHome>;
  /** What the user has, by path below the home, without `accounts`. */
  tree(): Promise<Record<string, string>>;
  /** The existing private homes. */
  homes(): Promise<string[]>;
}

/**
 * Creates one in memory, with entries of every kind. With `apart`, only the
 * folder of the accounts is in memory and the rest is on the disk.
 */
export async function userHome(
  { apart = false }: { apart?: boolean } = {},
): Promise<UserHome> {
  await using owned = new AsyncDisposableStack();
  const memory = owned.use(await tempDir({ inMemory: true }));
  const { path } = apart ? owned.use(await tempDir()) : memory;
  const layout = layoutAt(`${path}/.qwen`, { agent: qwen });
  if (apart) await Deno.symlink(memory.path, layout.root);
  for (const it of [".ssh", "work", ".qwen/accounts", ".qwen/projects/p"]) {
    await Deno.mkdir(`${path}/${it}`, { recursive: true, mode: 0o700 });
  }
  await Deno.chmod(layout.root, 0o700);
  const files: Record<string, string> = {
    ".gitconfig": "[user]\n",
    ".ssh/id": "key\n",
    "notes.txt": "notes\n",
    "work/a.txt": "a\n",
    ".qwen/settings.json": "{}",
    ".qwen/QWEN.md": "memory\n",
    ".qwen/projects/p/log.jsonl": "{}\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  await Deno.symlink("nowhere", `${path}/dangling`);
  for (const it of [1, 2]) {
    await Deno.writeFile(
      `${layout.accounts}/oauth_creds_${it}.json`,
      credential(it),
      { mode: 0o600 },
    );
  }
  await Deno.symlink("accounts/oauth_creds_1.json", layout.live);
  const disposables = owned.move();
  return {
    path,
    layout,
    make: (version = "0.12.0", id = RUN_ID) =>
      makePrivateHome({
        agent: qwen,
        id,
        version,
        realHome: path,
        dir: layout.root,
        credential: GIVEN,
      }),
    tree: async () => {
      const tree = {
        ...await treeOf(path),
        ...await treeOf(layout.root, ".qwen/"),
      };
      delete tree[".qwen"]; // a link with `apart`
      const isOurs = /^\.qwen\/(?:accounts|state\.yaml|rotation\.log)/;
      return Object.fromEntries(
        Object.entries(tree).sort().filter(([name]) => !isOurs.test(name)),
      );
    },
    homes: async () =>
      (await runtime.files.list(`${layout.accounts}/homes`))
        .filter((it) => it !== "lock"),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Does what the next command does first. */
export async function nextCommand({ layout }: UserHome): Promise<void> {
  await new AccountManager({ dir: layout.root }).switchTo(1);
}

/** Changes the private home as a run might. */
export async function behaveLikeARun(home: PrivateHome): Promise<void> {
  const { HOME, QWEN_HOME: qwen } = home.env;
  await Deno.writeTextFile(`${qwen}/projects/p/log.jsonl`, "{}\n{}\n");
  await Deno.rename(`${qwen}/settings.json`, `${qwen}/settings.json.orig`);
  await Deno.writeTextFile(`${qwen}/settings.json`, '{"v":3}');
  await Deno.writeTextFile(`${qwen}/installation_id`, "id");
  await Deno.remove(`${qwen}/QWEN.md`);
  await Deno.writeTextFile(`${qwen}/oauth_creds.json.tmp.1`, '{"access');
  await Deno.mkdir(`${qwen}/new/er`, { recursive: true });
  await Deno.writeTextFile(`${qwen}/new/er/file`, "new");
  if (HOME === undefined) return;
  await Deno.writeTextFile(`${HOME}/newfile`, "made by a tool");
  await Deno.rename(`${HOME}/notes.txt`, `${HOME}/renamed.txt`);
  await Deno.symlink(`${HOME}/newfile`, `${HOME}/neighbour`);
  await Deno.remove(`${HOME}/.gitconfig`);
  await Deno.remove(`${HOME}/work`);
  await Deno.copyFile(`${qwen}/oauth_creds.json`, `${HOME}/copied.json`);
}

/** What the user's folder has after that. */
export function afterRun(
  before: Readonly<Record<string, string>>,
  path: string,
  version: string,
): Record<string, string> {
  const isHome = version === "0.12.0";
  const { "notes.txt": notes = "", ...others } = before;
  const home = isHome
    ? {
      "newfile": "made by a tool",
      "renamed.txt": notes,
      "neighbour": `-> ${path}/newfile`,
    }
    : { "notes.txt": notes };
  const changed = {
    ...others,
    ...home,
    ".qwen/projects/p/log.jsonl": "{}\n{}\n",
    ".qwen/settings.json.orig": "{}",
    ".qwen/settings.json": '{"v":3}',
    ".qwen/installation_id": "id",
    ".qwen/new/er/file": "new",
  };
  return Object.fromEntries(Object.entries(changed).sort());
}

/** Makes our process count as killed, until disposed of. */
export function killedProcess(): Disposable {
  const { host } = runtime;
  const { identify } = host;
  host.identify = () => "another-boot/1/1/1";
  return {
    [Symbol.dispose]: () => {
      host.identify = identify;
    },
  };
}

/**
 * Lists every file and link below `folder` by path; folders only through their
 * content.
 */
async function treeOf(
  folder: string,
  prefix = "",
): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      Object.assign(tree, await treeOf(path, `${prefix}${name}/`));
    } else if (isSymlink) {
      tree[`${prefix}${name}`] = `-> ${await Deno.readLink(path)}`;
    } else {
      tree[`${prefix}${name}`] = await Deno.readTextFile(path);
    }
  }
  return Object.fromEntries(Object.entries(tree).sort());
}
