import config from "../deno.json" with { type: "json" };
import { RELEASES_VARIABLE } from "../lib/cli/installation.ts";
import { compileBinary, type CompileOptions } from "./compile_binary.ts";
import { problemsOf } from "./inspect_binary.ts";
import type { BuiltBinary } from "./release_notes.ts";
import {
  binaryName,
  DENO_TARGETS,
  type Engine,
  type Target,
  targetHere,
} from "./targets.ts";
import { problemOfProgram } from "./try_program.ts";

/** Text that only our program contains: a name, because sentences change. */
export const CONTENTS: readonly string[] = [RELEASES_VARIABLE, config.version];

/** How to build a binary. */
export interface BuildOptions extends Pick<CompileOptions, "bundle" | "parts"> {
  /** The folder that the binary goes into. */
  folder: string;
  /**
   * The only engine to use.
   *
   * @default the first one whose binary may be released
   */
  engine?: Engine | undefined;
  /** Starts a binary that this system cannot start, such as qemu. */
  runWith?: readonly string[];
  /** Called with each step, one line each. @default nothing */
  log?: (line: string) => void;
  /** Makes the file. @default compileBinary */
  compile?: (options: CompileOptions) => Promise<void>;
  /** Returns why the file is wrong. @default problemsOf() of its content */
  inspect?: (path: string, target: Target) => Promise<string[]>;
  /** Returns why a program must not be released. @default problemOfProgram */
  tryOut?: (command: readonly string[]) => Promise<string | undefined>;
}

/**
 * Makes the binary for `target`. If a binary can be run, here or with
 * `runWith`, uses the first engine whose binary rotates accounts from end to
 * end. If none can be run, uses Bun unless an engine is named.
 *
 * @throws {Error} If no engine makes a binary that may be released.
 */
export async function buildBinary(
  target: Target,
  options: BuildOptions,
): Promise<BuiltBinary> {
  const {
    bundle,
    parts,
    folder,
    engine,
    runWith = [],
    log = console.error,
    compile = compileBinary,
    inspect = inspectFile,
    tryOut = problemOfProgram,
  } = options;
  const file = binaryName(config.version, target);
  const output = `${folder}/${file}`;
  const isRun = runWith.length > 0 || target === targetHere();
  const engines: Engine[] = isRun && DENO_TARGETS[target]
    ? ["deno", "bun"]
    : ["bun"];
  for (const used of engine ? [engine] : engines) {
    let passes = false;
    try {
      const problem = await problemWith(used);
      if (problem === undefined) {
        passes = true;
        const ranWith = isRun ? runWith[0] ?? "" : undefined;
        return { file, target, engine: used, ranWith };
      }
      log(`${file} with the engine of ${used}: ${problem}`);
    } finally {
      if (!passes) await Deno.remove(output).catch(() => {});
    }
  }
  throw new Error(`Cannot make "${file}": no engine passes`);

  async function problemWith(engine: Engine): Promise<string | undefined> {
    try {
      await compile({ target, engine, bundle, parts, output });
    } catch (error) {
      return error instanceof Error ? error.message : `${error}`;
    }
    const [problem] = await inspect(output, target);
    return problem ?? (isRun ? await tryOut([...runWith, output]) : undefined);
  }
}

async function inspectFile(path: string, target: Target): Promise<string[]> {
  return await problemsOf(await Deno.readFile(path), target, CONTENTS);
}
