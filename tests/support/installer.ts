import { CHECKOUT } from "./checkout.ts";
import { run, type RunResult } from "./cli.ts";
import {
  type Release,
  type ReleaseServer,
  startReleases,
} from "./release_server.ts";
import { tempDir } from "./temp_dir.ts";
import { toolFolder, type Tools } from "./tools.ts";

/** The script that installs. */
export const INSTALLER = `${CHECKOUT}/scripts/install.sh`;

/**
 * The programs that the script needs, besides those that download and check.
 */
const TOOLS = [
  ...["sh", "uname", "dirname", "mkdir", "mktemp", "mv", "rm", "rmdir"],
  ...["chmod", "cat", "cut"],
  ...(Deno.build.os === "linux" ? ["ldd"] : []),
];

/** The programs with which tests run the script. */
export const INSTALLER_NEEDS = [
  ...["bash", "curl", "wget", "shasum", "openssl"],
] as const;

/** The release and the programs for an installation. */
export interface InstallerOptions extends Release {
  /** The shell that runs the script. @default "sh" */
  shell?: string;
  /** The programs that download and check. @default ["curl", "sha256sum"] */
  tools?: readonly string[];
}

/**
 * A home into which account-qwen can be installed from a server on loopback.
 */
export interface Installer extends AsyncDisposable {
  /** The home. */
  home: string;
  /** The folder of programs in it. */
  folder: string;
  /** The path of the installed program. */
  program: string;
  /** The only folder on the `PATH`. */
  tools: Tools;
  /** The release. */
  server: ReleaseServer;
  /** The environment in which the script runs. */
  env: Record<string, string>;
  /** Runs the script. */
  install(
    args?: readonly string[],
    env?: Record<string, string>,
  ): Promise<RunResult>;
  /** Every path below the home, sorted. */
  files(): Promise<string[]>;
}

/** Makes an empty home and a server that offers a release. */
export async function installer(
  { shell = "sh", tools: names = ["curl", "sha256sum"], ...release }:
    InstallerOptions = {},
): Promise<Installer> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startReleases(release));
  const tools = stack.use(await toolFolder([...TOOLS, shell, ...names]));
  const { path: home } = stack.use(await tempDir());
  const folder = `${home}/.local/bin`;
  const base = { PATH: tools.path, ACCOUNT_QWEN_RELEASES: server.url };
  const disposables = stack.move();
  return {
    home,
    folder,
    program: `${folder}/account-qwen`,
    tools,
    server,
    env: base,
    install: (args = [], env = {}) =>
      run(`${tools.path}/${shell}`, [INSTALLER, ...args], {
        home,
        env: { ...base, ...env },
      }),
    files: () => filesBelow(home),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    found.push(`${prefix}${name}`);
    if (!isDirectory) continue;
    found.push(...await filesBelow(`${folder}/${name}`, `${prefix}${name}/`));
  }
  return found.sort();
}
