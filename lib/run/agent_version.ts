import { chosenAgent } from "../agents/registry.ts";
import { findProgram } from "../process/find_program.ts";
import { runtime } from "../system/mod.ts";
import { dirname } from "../disk/names.ts";

const MAX_PACKAGE_BYTES = 1024 * 1024;

/**
 * Returns a text that identifies the program `bin`: its version or, if that is
 * unknown, its path and modification time; `undefined` if there is no such
 * program.
 */
export async function findAgentMark(bin: string): Promise<string | undefined> {
  const real = await findRealProgram(bin);
  const version = real && await versionAt(real);
  if (version !== undefined) return version;
  try {
    const info = real && await runtime.files.info(real);
    if (!info) return undefined;
    const changed = new Date(info.mtimeMs).toISOString();
    return `of ${real}, changed ${changed}`;
  } catch {
    return undefined; // the path or the file cannot be read
  }
}

/**
 * Returns the version of the program `bin`; `undefined` if it is unknown. It is
 * the version of the npm package that contains the program, or the name that an
 * installer gave to the program, such as `.../versions/1.2.3`. Only an
 * executable without either is asked, because a program of Node may take 0.7 s.
 */
export async function findAgentVersion(
  bin: string,
): Promise<string | undefined> {
  const real = await findRealProgram(bin);
  return real && await versionAt(real);
}

async function findRealProgram(bin: string): Promise<string | undefined> {
  try {
    const path = await findProgram(bin);
    return path && await runtime.files.realPath(path);
  } catch {
    return undefined; // the path cannot be read
  }
}

async function versionAt(real: string): Promise<string | undefined> {
  try {
    return await versionOfPackage(real) ?? VERSION_NAME.exec(real)?.[1] ??
      await versionOfExecutable(real);
  } catch {
    return undefined; // the file cannot be read
  }
}

/** A program called by its version, or in a folder that is. */
const VERSION_NAME = /\/(\d+\.\d+\.\d+)(?:\/bin\/[^/]+)?$/;

/** The folder of the npm package that contains a path. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

async function versionOfPackage(real: string): Promise<string | undefined> {
  const folder = PACKAGE.exec(real)?.[0] ?? dirname(real);
  try {
    const path = `${folder}/package.json`;
    const bytes = await runtime.files.read(path, MAX_PACKAGE_BYTES);
    const { version } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined; // no package, or not one that can be read
  }
}

/** How executables of Linux and macOS begin. */
const MAGIC = /^(?:7f454c46|c[ef]faedfe|cafebabe)/;

/** Those that were measured take 15 ms. */
const TIMEOUT_MS = 2_000;

/** The answers of executables, by their path, size and time. */
const asked = new Map<string, Promise<string | undefined>>();

async function versionOfExecutable(real: string): Promise<string | undefined> {
  const { files } = runtime;
  const info = await files.info(real);
  const magic = await files.readPart(real, 0, 4);
  if (!info || !MAGIC.test(magic.toHex())) return undefined;
  const mark = `${info.size} ${info.mtimeMs} ${real}`;
  const answer = asked.get(mark) ?? answerOf(real);
  asked.set(mark, answer);
  return await answer;
}

async function answerOf(real: string): Promise<string | undefined> {
  const { askVersion } = await import("../process/run.ts");
  const { exitCode, version } = await askVersion(real, {
    timeoutMs: TIMEOUT_MS,
    variables: chosenAgent().homes.withoutHome,
  });
  return exitCode === 0 ? version : undefined;
}
