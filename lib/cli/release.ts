import { isAtLeast } from "../agents/version.ts";
import { beginningOf } from "../system/byte_source.ts";
import { messageOf } from "../system/message_of.ts";
import { redact } from "../verdict/redact.ts";
import { realSystem, type System } from "../system/system.ts";

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
