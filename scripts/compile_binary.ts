import { bunFor } from "./bun_package.ts";
import { FIRST_PART } from "./bundle.ts";
import { machOProblems, signAdHoc } from "./mach_o.ts";
import {
  DENO_TARGETS,
  type Engine,
  type Target,
  targetHere,
} from "./targets.ts";

/** The parts of a binary, and its path. */
export interface CompileOptions {
  /** The machine. */
  target: Target;
  /** The engine. */
  engine: Engine;
  /** The bundle, a path. */
  bundle: string;
  /**
   * The folder with the parts of the program, of which Bun's engine loads only
   * those that it needs. Deno's has the bundle.
   *
   * @default the bundle is the only part
   */
  parts?: string | undefined;
  /** The path of the binary. */
  output: string;
}

/**
 * Thrown when the stub that an engine puts before the program is unavailable.
 */
export class NoStubError extends Error {
  /** Creates the error; `reason` is the message of the engine. */
  constructor(reason: string) {
    super(`Cannot get the runtime stub of Deno (denort): ${reason}`);
    this.name = "NoStubError";
  }
}

/**
 * Makes one binary. With Bun, the same program gives the same bytes in every
 * folder.
 *
 * @throws {NoStubError} If the engine is `deno` and its stub is unavailable.
 * @throws {Error} If the engine cannot make it.
 */
export async function compileBinary(options: CompileOptions): Promise<void> {
  // A temporary name of its own: an engine may write the name of its output
  // into the binary.
  const folder = await Deno.makeTempDir({ prefix: "account-qwen-build-" });
  try {
    await COMPILE[options.engine](options, folder);
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
  (options: CompileOptions, folder: string) => Promise<void>
> = {
  deno: compileWithDeno,
  bun: compileWithBun,
};

async function compileWithDeno(
  { target, bundle }: CompileOptions,
  folder: string,
): Promise<void> {
  const denoTarget = DENO_TARGETS[target];
  if (!denoTarget) throw new Error(`Cannot use Deno for "${target}": use Bun`);
  await Deno.copyFile(bundle, `${folder}/account-qwen.js`);
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

/**
 * How much later than usual Bun compiles a function to machine code: nearly all
 * code of a command runs a few times only. With 1,000 accounts, `list` takes
 * 16 % less of the processor than with 5 instead of 20 (measured). The program
 * sets it back to 1 when it runs for long (`lib/system/bun/modules.ts`).
 */
const JIT_POLICY = 20;

async function compileWithBun(
  { target, bundle, parts }: CompileOptions,
  folder: string,
): Promise<void> {
  if (parts === undefined) {
    await Deno.copyFile(bundle, `${folder}/${FIRST_PART}`);
  } else {
    for await (const { name } of Deno.readDir(parts)) {
      await Deno.copyFile(`${parts}/${name}`, `${folder}/${name}`);
    }
  }
  await run(await bunFor(targetHere()), [
    ...["build", "--compile", "--minify", "--bytecode", "--format=esm"],
    ...["--splitting", `--compile-jit-policy=${JIT_POLICY}`],
    // Otherwise a file in the working folder could change the behavior.
    ...["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"],
    `--target=bun-${target}`,
    `--compile-executable-path=${await bunFor(target)}`,
    ...["--outfile", "account-qwen", FIRST_PART],
  ], folder);
}

/**
 * Bun 1.4.5 leaves its own signature in the binaries for darwin-x64; macOS
 * kills a program that does not match its signature.
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
