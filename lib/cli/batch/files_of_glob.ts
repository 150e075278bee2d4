import { globToRegExp } from "@std/path/posix/glob-to-regexp";
import { hasCode } from "../../errors.ts";
import { runProcess } from "../../process/run.ts";
import { runtime } from "../../system/mod.ts";
import { UsageError } from "../line/usage_error.ts";

/** Folders that are skipped where no repository says what is ignored. */
const SKIPPED = new Set([".git", "node_modules"]);

/**
 * Returns the paths of the files below the working folder that match one of the
 * glob `patterns`, sorted. In a Git repository, skips what `.gitignore` names.
 * Links are skipped, since they may lead out of the folder.
 *
 * @throws {UsageError} If a pattern leads out of the folder, or no file matches.
 * @throws {UsageError} If this is a repository, but `git` cannot be used.
 */
export async function filesOfGlobs(
  patterns: readonly string[],
): Promise<string[]> {
  const expressions = patterns.map((pattern) => {
    const inside = pattern.replace(/^(?:\.\/+)+/, "");
    if (inside.startsWith("/") || inside.split("/").includes("..")) {
      throw new UsageError(
        `Cannot use --each "${pattern}": it leads out of the working folder`,
      );
    }
    return globToRegExp(inside, { extended: true, globstar: true });
  });
  const all = await filesOfRepository() ?? await filesBelow(".");
  const matching = all.filter((path) =>
    expressions.some((it) => it.test(path))
  );
  const files: string[] = [];
  for (const path of new Set(matching)) {
    // The index may name files that are deleted.
    if ((await runtime.files.info(path))?.kind === "file") files.push(path);
  }
  if (files.length > 0) return files.sort();
  throw new UsageError(
    `Cannot use --each "${patterns.join('", "')}": no file matches`,
  );
}

/**
 * Lists the files of the repository around the working folder that are not
 * ignored; `undefined` if there is no repository.
 */
async function filesOfRepository(): Promise<string[] | undefined> {
  const root = await findRoot();
  if (root === undefined) return undefined;
  // A repository could name a program with this setting, which git would run.
  const safely = ["-c", "core.fsmonitor=false"];
  const listed = ["--cached", "--others", "--exclude-standard"];
  const args = [...safely, "ls-files", "-z", ...listed];
  const env = runtime.host.environment();
  let problem: string;
  try {
    using run = await runProcess("git", { args, env });
    if (run.exitCode === 0) {
      const bytes = await run.stdout.head(run.stdout.size);
      return new TextDecoder().decode(bytes).split("\0").slice(0, -1);
    }
    const bytes = await run.stderr.head(run.stderr.size);
    [problem = ""] = new TextDecoder().decode(bytes).split("\n");
  } catch (error) {
    if (!hasCode(error, "program-not-found")) throw error;
    problem = "git is not installed";
  }
  throw new UsageError(`Cannot find out what "${root}" ignores: ${problem}`);
}

/** Returns the nearest folder above that is a repository, if any is. */
async function findRoot(): Promise<string | undefined> {
  for (let at = runtime.host.cwd();; at = at.slice(0, at.lastIndexOf("/"))) {
    if (await runtime.files.info(`${at}/.git`)) return at || "/";
    if (at === "" || at === "/") return undefined;
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await runtime.files.list(folder)) {
    const path = folder === "." ? name : `${folder}/${name}`;
    const kind = (await runtime.files.info(path))?.kind;
    if (kind === "file") found.push(path);
    else if (kind === "folder" && !SKIPPED.has(name)) {
      found.push(...await filesBelow(path));
    }
  }
  return found;
}
