/**
 * A home of the tests. They and all programs that they start have it as HOME
 * and in the user database, and do not see the `~/.qwen` of the person who runs
 * them.
 */
export interface TestHome {
  /** The folder. */
  path: string;
  /** The command line before that of the tests. */
  command: readonly string[];
  /** Returns the names of the files that the tests wrote to this home. */
  written(): Promise<string[]>;
}

/** In the home, so that every access to an account of the user fails. */
const NOTE = "The tests have no accounts of their own here\n";

/**
 * Hides the user database and the folder of the accounts. A mount namespace
 * needs root, or a user namespace, in which the last line restores the user.
 */
const ENTER = `
  mount --bind "$1/passwd" /etc/passwd || exit 99
  [ ! -d "$2" ] || mount --bind "$1/accounts" "$2" || exit 99
  shift 2
  exec "$@"`;

/** Makes the home in `folder`; `real` is that of the user. */
export async function makeTestHome(
  folder: string,
  real: string,
): Promise<TestHome> {
  const path = `${folder}/home`;
  await Deno.mkdir(path);
  await Deno.mkdir(`${folder}/accounts`);
  await Deno.writeTextFile(`${path}/.qwen`, NOTE);
  const command = await namespaceOf(folder, real);
  return {
    path,
    command,
    async written() {
      const names = [
        ...await namesIn(path, "~"),
        ...await namesIn(`${folder}/accounts`, "~/.qwen"),
      ];
      const note = await Deno.readTextFile(`${path}/.qwen`).catch(() => "");
      return names.filter((it) => it !== "~/.qwen" || note !== NOTE);
    },
  };
}

/**
 * Empty if the system allows no namespace; then only HOME protects the user.
 */
async function namespaceOf(folder: string, real: string): Promise<string[]> {
  const passwd = await Deno.readTextFile("/etc/passwd").catch(() => undefined);
  const [uid, gid] = [Deno.uid(), Deno.gid()];
  if (passwd === undefined || uid === null || gid === null) return [];
  const isUser = (line: string) => line.split(":")[2] === `${uid}`;
  const lines = passwd.trimEnd().split("\n");
  const [name] = lines.find(isUser)?.split(":") ?? ["tester"];
  const user = `${name}:x:${uid}:${gid}::${folder}/home:/bin/sh`;
  const changed = [user, ...lines.filter((it) => !isUser(it))];
  await Deno.writeTextFile(`${folder}/passwd`, `${changed.join("\n")}\n`);
  const enter = ["sh", "-c", ENTER, "sh", folder, `${real}/.qwen`];
  const command = uid === 0 ? ["unshare", "--mount", ...enter] : [
    ...["unshare", "--user", "--map-root-user", "--mount", ...enter],
    ...["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`],
  ];
  return await succeeds([...command, "true"]) ? command : [];
}

async function succeeds(
  [program = "", ...args]: readonly string[],
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function namesIn(folder: string, shown: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), (it) => it.name);
  return names.map((it) => `${shown}/${it}`);
}
