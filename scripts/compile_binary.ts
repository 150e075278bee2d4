import { bunFor } from "./bun_package.ts";
import { machOProblems, signAdHoc } from "./mach_o.ts";
import {
  DENO_TARGETS,
  type Engine,
  type Target,
  targetHere,
} from "./targets.ts";

/** What a binary is made of, and where it goes. */
export interface CompileOptions {
  /** The machine. */
  target: Target;
  /** What makes it. */
  engine: Engine;
  /** The bundle, a path. */
  bundle: string;
  /** The path of the binary. */
  output: string;
}

/** Thrown when what an engine puts before the program cannot be had. */
export class NoStubError extends Error {
  /** Creates the error; `reason` is what the engine said. */
  constructor(reason: string) {
    super(`Cannot get the runtime stub of Deno (denort): ${reason}`);
    this.name = "NoStubError";
  }
}

/**
 * Makes one binary. The same bundle gives the same bytes with Bun, wherever it
 * is made.
 *
 * @throws {NoStubError} If the engine is `deno` and its stub cannot be had.
 * @throws {Error} If the engine cannot make it.
 */
export async function compileBinary(options: CompileOptions): Promise<void> {
  // A name of its own for the moment: an engine may write its output's name
  // into the binary.
  const folder = await Deno.makeTempDir({ prefix: "account-qwen-build-" });
  try {
    const input = `${folder}/account-qwen.js`;
    await Deno.copyFile(options.bundle, input);
    await COMPILE[options.engine](options.target, folder);
    if (options.target.startsWith("darwin-")) {
      await signForMacOS(`${folder}/account-qwen`);
    }
    await Deno.copyFile(`${folder}/account-qwen`, options.output);
    await Deno.chmod(options.output, 0o755);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const COMPILE: Record<
  Engine,
  (target: Target, folder: string) => Promise<void>
> = {
  deno: compileWithDeno,
  bun: compileWithBun,
};

async function compileWithDeno(target: Target, folder: string): Promise<void> {
  const denoTarget = DENO_TARGETS[target];
  if (!denoTarget) throw new Error(`Cannot use Deno for "${target}": use Bun`);
  try {
    await run(Deno.execPath(), [
      ...["compile", "--quiet", "--allow-all", "--no-config", "--no-lock"],
      ...["--no-check", "--target", denoTarget],
      ...["--output", "account-qwen", "account-qwen.js"],
    ], folder);
  } catch (error) {
    const said = error instanceof Error ? String(error.cause) : "";
    if (!/Setting up base binary|denort/i.test(said)) throw error;
    const [causes = ""] = said.split("Stack backtrace");
    const reason = causes.trim().split("\n").at(-1)?.replace(/^ *\d+: /, "");
    throw new NoStubError(reason ?? "");
  }
}

async function compileWithBun(target: Target, folder: string): Promise<void> {
  await run(await bunFor(targetHere()), [
    ...["build", "--compile", "--minify", "--bytecode", "--format=esm"],
    // Else a file of the folder that it is run in could change what it does.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    `--target=bun-${target}`,
    `--compile-executable-path=${await bunFor(target)}`,
    ...["--outfile", "account-qwen", "account-qwen.js"],
  ], folder);
}

/**
 * Bun 1.4.5 leaves a signature in the binaries for darwin-x64 that is for Bun's
 * own program; macOS ends one that does not match its signature.
 */
async function signForMacOS(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  if ((await machOProblems(bytes)).length === 0) return;
  await Deno.writeFile(path, await signAdHoc(bytes, "account-qwen"));
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", BUN_INSTALL: cwd },
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const cause = new TextDecoder().decode(stderr);
  throw new Error(`Cannot compile: "${args[0]}" failed`, { cause });
}
