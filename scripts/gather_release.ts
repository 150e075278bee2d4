/**
 * Makes the files that accompany the binaries of a release, in `dist/`: the
 * checksums, a list of their parts, and the notes.
 *
 * The release workflow calls this after it has collected the binaries of
 * several machines. A binary that was not run is an error then.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { BUN_VERSION } from "./bun_package.ts";
import { DIST } from "./bundle.ts";
import { type BuiltBinary, releaseNotes } from "./release_notes.ts";
import { type LockFile, sbomOf } from "./sbom.ts";
import { ENGINES, TARGETS } from "./targets.ts";

const { version, license } = config;

/**
 * The folder below `dist/` with a file for each binary that says how it was
 * made.
 */
const RECORDS = "built";

/** Removes the records of earlier binaries in `folder`. */
export async function forgetBinaries(folder = DIST): Promise<void> {
  await Deno.remove(`${folder}/${RECORDS}`, { recursive: true }).catch(
    (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    },
  );
}

/** Records how a binary in `folder` was made. */
export async function recordBinary(
  binary: BuiltBinary,
  folder = DIST,
): Promise<void> {
  await Deno.mkdir(`${folder}/${RECORDS}`, { recursive: true });
  const path = `${folder}/${RECORDS}/${binary.target}.json`;
  await Deno.writeTextFile(path, `${JSON.stringify(binary)}\n`);
}

/**
 * Writes `SHA256SUMS`, the list of parts and `RELEASE_NOTES.md` for the bundle
 * and the recorded binaries in `folder`, and returns the names of all files.
 *
 * @throws {Error} If there is no binary, or `mustHaveRun` and one was not run.
 */
export async function gatherRelease(
  { folder = DIST, mustHaveRun = false } = {},
): Promise<string[]> {
  const binaries = await readRecords(folder);
  if (binaries.length === 0) {
    throw new Error("Cannot release: no binary is there");
  }
  const notRun = binaries.filter((it) => it.ranWith === undefined);
  if (mustHaveRun && notRun.length > 0) {
    const names = notRun.map((it) => it.file).join(", ");
    throw new Error(`Cannot release: nobody has run ${names}`);
  }
  const sbom = `account-qwen-${version}.cdx.json`;
  await Deno.writeTextFile(`${folder}/${sbom}`, await sbomText(binaries));
  const files = ["account-qwen.js", ...binaries.map((it) => it.file), sbom];
  const sums = await Promise.all(
    files.toSorted().map((it) => checksumLine(folder, it)),
  );
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, sums.join(""));
  const notes = releaseNotes(version, binaries);
  await Deno.writeTextFile(`${folder}/RELEASE_NOTES.md`, notes);
  return [...files, "SHA256SUMS", "RELEASE_NOTES.md"];
}

async function readRecords(folder: string): Promise<BuiltBinary[]> {
  const found: BuiltBinary[] = [];
  for (const target of TARGETS) {
    const path = `${folder}/${RECORDS}/${target}.json`;
    const text = await Deno.readTextFile(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (text !== undefined) found.push(JSON.parse(text));
  }
  return found;
}

async function sbomText(binaries: readonly BuiltBinary[]): Promise<string> {
  const lock: LockFile = JSON.parse(
    await Deno.readTextFile(new URL("../deno.lock", import.meta.url)),
  );
  const versions = { deno: Deno.version.deno, bun: BUN_VERSION };
  const runtimes = ENGINES
    .filter((it) => binaries.some(({ engine }) => engine === it))
    .map((name) => ({ name, version: versions[name] }));
  const subject = { name: "account-qwen", version, license, runtimes };
  return `${JSON.stringify(sbomOf(lock, subject), undefined, 2)}\n`;
}

/** The format of sha256sum(1). */
async function checksumLine(folder: string, file: string): Promise<string> {
  const bytes = await Deno.readFile(`${folder}/${file}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `${new Uint8Array(digest).toHex()}  ${file}\n`;
}

if (import.meta.main) {
  const files = await gatherRelease({ mustHaveRun: true });
  console.log(files.join("\n"));
}
