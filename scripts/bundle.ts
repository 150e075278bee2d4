/**
 * Makes `dist/account-qwen.js`: the whole program in one file, which Deno and
 * Bun run. And makes the same program in parts, for a binary: each command
 * loads only its own parts, which saves 2 ms of every command.
 *
 * Neither is minified: `deno bundle --minify` (2.9.6, by esbuild) puts the value
 * of `using it = f(); if (it)` into the condition, so that it is never disposed
 * of, and a lock would be held until the process ends.
 *
 * @module
 */

const ROOT = Deno.realPathSync(new URL("..", import.meta.url));

/** The folder that everything is built into. */
export const DIST: string = `${ROOT}/dist`;

/**
 * The text that `deno bundle` (2.9.6) puts before the code of packages with
 * `require()`: it would load a module for 15 ms at every start.
 */
const REQUIRE =
  /import \{ createRequire as (\w+) \} from "node:module";\nvar (\w+) = \1\(import\.meta\.url\);/;

/** An import of something else than another part of the program. */
const IMPORT = /^(?:import|\} from) (?!\{$|"\.\/)/m;

/** The folder of npm packages on this machine, in the names of modules. */
const PACKAGES = /(?:\.\.\/)+[^"\n]*?\/npm\/[^\/"\s]+\//g;

const NOT_ASCII = /[\u0080-\uffff]/g;

/** A text in which an escape would have another meaning than the character. */
const RAW_NOT_ASCII = /\braw`[^`]*[\u0080-\uffff]/;

/**
 * Makes the bundle at `path`, executable, and returns its text.
 *
 * @throws {Error} If `deno bundle` fails, or its output has an unknown form.
 */
export async function makeBundle(
  path = `${DIST}/account-qwen.js`,
): Promise<string> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await bundleMain(["--output", path]);
  const text = fitForRelease(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, 0o755);
  return text;
}

/** The folder for the parts of the program, unless another one is named. */
export const PARTS: string = `${DIST}/parts`;

/** The part that runs first; it imports the others. */
export const FIRST_PART = "main.js";

/**
 * Makes the parts of the program in `folder`, and removes what was there.
 *
 * @throws {Error} If `deno bundle` fails, or its output has an unknown form.
 */
export async function makeParts(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(folder, { recursive: true });
  await bundleMain(["--code-splitting", "--outdir", folder]);
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const text = fitForRelease(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, text);
  }
}

async function bundleMain(output: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...output, "main.ts"],
    cwd: ROOT,
    stdout: "null",
  }).output();
  if (success) return;
  const cause = new TextDecoder().decode(stderr);
  throw new Error("Cannot bundle main.ts", { cause });
}

/**
 * Makes packages load the modules of the runtime only when they need them, and
 * removes the paths of this machine, so that every machine makes the same
 * bundle. Escapes every character that is not ASCII: a single one makes the
 * runtimes keep two bytes for each character, and Deno (2.9.6) then needs 233 ms
 * of processor time for `list` instead of 200.
 *
 * @throws {Error} If the output of `deno bundle` has changed, or a raw text is
 * not ASCII.
 */
export function fitForRelease(bundle: string): string {
  const text = bundle
    .replace(REQUIRE, "var $2 = (name) => process.getBuiltinModule(name);")
    .replace(PACKAGES, "npm/");
  if (IMPORT.test(text)) {
    throw new Error("Cannot make the bundle: it would load modules at once");
  }
  if (/^(\/\/ |\s*")\.\.\//m.test(text)) {
    throw new Error("Cannot make the bundle: a path of this machine is in it");
  }
  if (RAW_NOT_ASCII.test(text)) {
    throw new Error("Cannot make the bundle: a raw text is not ASCII");
  }
  return text.replace(NOT_ASCII, escape);
}

/** Escapes one UTF-16 code unit. */
function escape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

if (import.meta.main) {
  const { length } = await makeBundle();
  console.log(`dist/account-qwen.js, ${Math.round(length / 1024)} KiB`);
}
