import {
  npmInstall,
  type NpmInstallOptions,
} from "../../scripts/npm_install.ts";
import { realNode } from "./real_qwen.ts";

/** The packages with the executable, for each kind of machine. */
const TARGETS: Readonly<Record<string, string>> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
};

/** The last version that was tried whose program is a script for Node. */
const OLD_VERSION = "2.0.77";

/**
 * Returns an old version of the real `claude` from npm, which cannot move the
 * store of its login alone, and a `PATH` on which Node comes first. The first
 * call downloads 30 MB.
 *
 * @throws {Error} If they do not exist and npm cannot get them.
 */
export async function realOldClaude(
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<{ bin: string; path: string }> {
  const spec = `@anthropic-ai/claude-code@${OLD_VERSION}`;
  const [folder, node] = await Promise.all([
    npmInstall(`claude-${OLD_VERSION}`, spec, { say }),
    realNode({ say }),
  ]);
  return {
    bin: `${folder}/node_modules/.bin/claude`,
    path: `${node}:${Deno.env.get("PATH")}`,
  };
}

/**
 * Returns the executable of the real `claude` from npm, kept in `.cache/` of the
 * checkout. The first call downloads 170 MB.
 *
 * @throws {Error} If it does not exist and npm cannot get it.
 */
export async function realClaude(
  version = "2.1.332",
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<string> {
  const target = TARGETS[`${Deno.build.os}-${Deno.build.arch}`];
  const name = `@anthropic-ai/claude-code-${target}`;
  const spec = `${name}@${version}`;
  const folder = await npmInstall(`claude-${version}`, spec, { say });
  return `${folder}/node_modules/${name}/claude`;
}
