import { CHECKOUT } from "./checkout.ts";
import { run } from "./cli.ts";

const FOLDER = `${CHECKOUT}/.cache/shellcheck`;

/**
 * Returns shellcheck(1): the one on the `PATH`, else that of Debian or Ubuntu,
 * kept in `.cache/` of the checkout. The first call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function shellcheck(): Promise<string> {
  const onPath = await run("sh", ["-c", "command -v shellcheck"], {
    home: "/",
  });
  if (onPath.code === 0) return onPath.stdout.trim();
  const program = `${FOLDER}/usr/bin/shellcheck`;
  if (await Deno.lstat(program).then(() => true, () => false)) return program;
  await Deno.mkdir(`${CHECKOUT}/.cache`, { recursive: true });
  const prefix = "shellcheck.";
  const dir = await Deno.makeTempDir({ dir: `${CHECKOUT}/.cache`, prefix });
  await Deno.chmod(dir, 0o755); // apt leaves its own user to download
  const script = "apt-get download shellcheck && dpkg-deb --extract *.deb .";
  const { code } = await run("sh", ["-c", script], { home: dir });
  if (code !== 0) {
    await Deno.remove(dir, { recursive: true });
    throw new Error(
      "Cannot get shellcheck: install it, so that it is on the PATH",
    );
  }
  await Deno.rename(dir, FOLDER); // it has its final name only when it is whole
  return program;
}
