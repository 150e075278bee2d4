import {
  npmInstall,
  type NpmInstallOptions,
} from "../../scripts/npm_install.ts";

/** The packages with the program itself, by its version and the platform. */
const PLATFORMS: Record<string, string> = {
  "linux-x86_64": "linux-x64",
  "linux-aarch64": "linux-arm64",
  "darwin-x86_64": "darwin-x64",
  "darwin-aarch64": "darwin-arm64",
};

/**
 * Returns the path of the real `codex`, kept in `.cache/` of the checkout. The
 * first call downloads it: 0.171.0 has 380 MB.
 *
 * @throws {Error} If it does not exist and npm cannot get it.
 */
export async function realCodex(
  version = "0.171.0",
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<string> {
  const platform = PLATFORMS[`${Deno.build.os}-${Deno.build.arch}`];
  if (!platform) throw new Error("Cannot install codex: unknown platform");
  const spec = `@openai/codex@${version}-${platform}`;
  const folder = await npmInstall(`codex-${version}`, spec, { say });
  const vendor = `${folder}/node_modules/@openai/codex/vendor`;
  for await (const { name } of Deno.readDir(vendor)) {
    // The second one is for 0.100.0.
    for (const path of [`${name}/bin/codex`, `${name}/codex/codex`]) {
      const file = await Deno.stat(`${vendor}/${path}`).catch(() => undefined);
      if (file?.isFile) return `${vendor}/${path}`;
    }
  }
  throw new Error(`Cannot find codex in "${vendor}"`);
}
