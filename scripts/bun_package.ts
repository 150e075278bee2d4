import { npmInstall, type NpmInstallOptions } from "./npm_install.ts";
import type { Target } from "./targets.ts";

/** The version of Bun that makes the binaries, and runs the bundle in tests. */
export const BUN_VERSION = "1.4.5";

/** The npm package with the program of Bun, and its checksum. */
interface BunPackage {
  /** The name in npm. */
  name: string;
  /** As in a lock file of npm. */
  integrity: string;
}

/** npm's own "bun" package downloads its binary in an install script. */
const PACKAGES: Readonly<Record<Target, BunPackage>> = {
  "linux-x64": {
    name: "@oven/bun-linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  "linux-arm64": {
    name: "@oven/bun-linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  "linux-x64-musl": {
    name: "@oven/bun-linux-x64-musl",
    integrity:
      "sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  "linux-arm64-musl": {
    name: "@oven/bun-linux-aarch64-musl",
    integrity:
      "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  "darwin-x64": {
    name: "@oven/bun-darwin-x64",
    integrity:
      "sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  "darwin-arm64": {
    name: "@oven/bun-darwin-aarch64",
    integrity:
      "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
};

/**
 * Returns the path of the program of Bun for `target`, kept in `.cache/` of the
 * checkout. The first call downloads it.
 *
 * @throws {Error} If npm cannot get it, or its checksum differs.
 */
export async function bunFor(
  target: Target,
  { say }: Pick<NpmInstallOptions, "say"> = {},
): Promise<string> {
  const { name, integrity } = PACKAGES[target];
  const folder = await npmInstall(
    `bun-${BUN_VERSION}-${target}`,
    `${name}@${BUN_VERSION}`,
    { anyPlatform: true, say },
  );
  const modules = `${folder}/node_modules`;
  const lock: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    await Deno.readTextFile(`${modules}/.package-lock.json`),
  );
  if (lock.packages[`node_modules/${name}`]?.integrity !== integrity) {
    throw new Error(`Cannot use "${name}": its checksum is not the known one`);
  }
  return `${modules}/${name}/bin/bun`;
}
