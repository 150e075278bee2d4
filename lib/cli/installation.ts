import { shellWord } from "../accounts/fix_of.ts";
import { programsOnPath } from "../process/find_program.ts";
import { program } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { dirname } from "../disk/names.ts";
import { RELEASES_VARIABLE } from "./release.ts";

/** How this program was installed. */
export type Installation =
  /** install.sh installed the binary at `path`, with its checksum next to it. */
  | { kind: "installed"; path: string; receipt: string }
  /** Something else installed the binary at `path`. */
  | { kind: "binary"; path: string }
  /** `deno install` wrote the script `path`, which starts `main`. */
  | { kind: "deno"; path: string; main: string }
  /** A file, or an address, that Deno or Bun runs. */
  | { kind: "source"; main: string };

/** The largest program that is compared with its receipt, bytes. */
const MAX_PROGRAM_BYTES = 1024 * 1024 * 1024;

/** How much of a script of `deno install` is searched, bytes. */
const MAX_SCRIPT_BYTES = 16 * 1024;

/** Finds out how this program was installed; `command` starts it. */
export async function findInstallation(
  command: readonly string[] = runtime.host.command(),
): Promise<Installation> {
  const [file = "", ...rest] = command;
  const main = rest.at(-1);
  if (main !== undefined) {
    const path = await findDenoScript(main);
    return path === undefined
      ? { kind: "source", main }
      : { kind: "deno", path, main };
  }
  const receipt = `${dirname(file)}/.account-qwen.installed`;
  return await isReceiptOf(receipt, file)
    ? { kind: "installed", path: file, receipt }
    : { kind: "binary", path: file };
}

/** Returns lines that explain how to upgrade this installation. */
export function howToUpgrade(
  installation: Installation,
  { hasReleases }: { hasReleases: boolean },
): string[] {
  switch (installation.kind) {
    case "installed": {
      // Show the variable, not its value, which may contain a password.
      const script = `"$${RELEASES_VARIABLE}/latest/download/install.sh"`;
      const dir = shellWord(dirname(installation.path));
      const download = hasReleases ? [`curl -fsSLO ${script}`] : [];
      return [...download, `sh install.sh --dir ${dir}`];
    }
    case "binary":
      return [`replace ${installation.path} with the program of the release`];
    case "deno": {
      const { main } = installation;
      const install = `deno install -gfqA -n ${program()}`;
      if (!main.startsWith("/")) return [`${install} jsr:@x/qwen-rotate`];
      const config = shellWord(`${dirname(main)}/deno.json`);
      return [
        pullOf(main),
        `${install} --config ${config} ${shellWord(main)}`,
      ];
    }
    case "source":
      return installation.main.endsWith("/main.ts")
        ? [pullOf(installation.main)]
        : [`replace ${installation.main} with account-qwen.js of the release`];
  }
}

function pullOf(main: string): string {
  return `git -C ${shellWord(dirname(main))} pull`;
}

async function isReceiptOf(receipt: string, file: string): Promise<boolean> {
  const { files } = runtime;
  const noted = await files.readPart(receipt, 0, 64).catch(() => undefined);
  if (!noted || noted.length < 64) return false;
  const bytes = await files.read(file, MAX_PROGRAM_BYTES);
  if (!bytes) return false;
  const copy = new Uint8Array(bytes); // of a buffer that is not shared
  const digest = await crypto.subtle.digest("SHA-256", copy);
  return new Uint8Array(digest).toHex() === new TextDecoder().decode(noted);
}

/** Finds the script on the `PATH` that `deno install` wrote to start `main`. */
async function findDenoScript(main: string): Promise<string | undefined> {
  const env = runtime.host.environment();
  for await (const path of programsOnPath(program(), env)) {
    const bytes = await runtime.files.readPart(path, 0, MAX_SCRIPT_BYTES)
      .catch(() => new Uint8Array());
    const text = new TextDecoder().decode(bytes);
    const isOfDeno = text.startsWith("#!") && text.includes("deno install");
    const isOurs = text.includes(main) || text.includes(urlOf(main)) ||
      text.includes("@x/qwen-rotate");
    if (isOfDeno && isOurs) return path;
  }
  return undefined;
}

/** Returns the address of a file, as `deno install` writes it. */
function urlOf(path: string): string {
  return `file://${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}
