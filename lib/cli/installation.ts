/**
 * How this program was installed, and which release is the latest.
 *
 * @module
 */

import { isAtLeast } from "../agents/version.ts";
import { beginningOf } from "../system/byte_source.ts";
import { messageOf } from "../system/message_of.ts";
import { redact } from "../verdict/redact.ts";
import { realSystem, type System } from "../system/system.ts";
import { shellWord } from "../accounts/fix_of.ts";
import { programsOnPath } from "../process/find_program.ts";
import { program } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { dirname } from "../disk/names.ts";

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

/** The environment variable with the address of the releases, as install.sh reads it. */
export const RELEASES_VARIABLE = "ACCOUNT_QWEN_RELEASES";

/** How long all requests together may take, milliseconds. */
const TIMEOUT_MS = 15_000;

/** The longest `SHA256SUMS` that is read; a release has ten lines. */
const MAX_BYTES = 64 * 1024;

/** github.com redirects twice. */
const MAX_REDIRECTS = 5;

/** A line of `SHA256SUMS` that names a program; captures its version. */
const PROGRAM =
  /^[0-9a-f]{64} [ *]account-qwen-(\d{1,9}(?:\.\d{1,9}){2}(?:[-+][0-9A-Za-z.+-]{1,40}?)?)-(?:linux|darwin)-(?:x64|arm64)(?:-musl)?$/;

/**
 * Returns the version of the latest release below the address `releases`, which
 * has the files where install.sh looks for them. Downloads no program.
 *
 * @throws {Error} If the address or the answer is invalid.
 */
export async function findLatestVersion(
  releases: string,
  { system = realSystem }: { system?: Pick<System, "fetch"> } = {},
): Promise<string> {
  const url = parseAddress(
    `${releases.replace(/\/$/, "")}/latest/download/SHA256SUMS`,
  );
  try {
    const lines = (await download(url, system)).split("\n");
    const found = lines.map((it) => PROGRAM.exec(it.trimEnd())?.[1])
      .filter((it) => it !== undefined);
    const [version, another] = new Set(found);
    if (version === undefined) throw new Error("SHA256SUMS names no program");
    if (another === undefined) return version;
    throw new Error("SHA256SUMS names several versions");
  } catch (error) {
    throw new Error(
      `Cannot read the latest release at ${redact(releases)}: ` +
        redact(messageOf(error)),
    );
  }
}

/** Whether version `a` comes after `b`; 1.0.0-rc.1 comes before 1.0.0. */
export function isNewer(a: string, b: string): boolean {
  if (!isAtLeast(b, a)) return true;
  return isAtLeast(a, b) && isEarly(b) && !isEarly(a);
}

function isEarly(version: string): boolean {
  return /^[\d.]+-/.test(version);
}

function parseAddress(text: string): URL {
  const url = URL.parse(text);
  const isUsable = url && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === "";
  if (isUsable) return url;
  throw new Error(
    `Cannot use ${RELEASES_VARIABLE}: it is not an http or https address without a user`,
  );
}

/** Follows redirects itself, because none may lead from https to http. */
async function download(
  first: URL,
  system: Pick<System, "fetch">,
): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await system.fetch(url, { redirect: "manual", signal });
    const { status, body } = response;
    if (status === 200) {
      const text = await beginningOf(body, MAX_BYTES);
      if (text.length <= MAX_BYTES) return text;
      throw new Error("SHA256SUMS is too long");
    }
    await body?.cancel();
    const location = response.headers.get("location");
    if (status < 300 || status > 399 || location === null) {
      throw new Error(`status ${status}`);
    }
    const next = URL.parse(location, url);
    const isAllowed = next?.protocol === "https:" ||
      next?.protocol === "http:" && first.protocol === "http:";
    if (!isAllowed) throw new Error("it redirects to another protocol");
    url = next;
  }
  throw new Error("it redirects too often");
}
