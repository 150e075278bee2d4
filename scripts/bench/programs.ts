import { bunFor } from "../bun_package.ts";
import { makeBundle, makeParts } from "../bundle.ts";
import { compileBinary } from "../compile_binary.ts";
import { denoDir } from "../deno_dir.ts";
import { targetHere } from "../targets.ts";

/** The measured command lines, each without its last arguments. */
export interface Programs extends AsyncDisposable {
  /** A folder for their files. */
  folder: string;
  /** Our binary, with the engine of Bun. */
  binary: readonly string[];
  /** Our bundle, with `deno run`. */
  bundle: readonly string[];
  /** This checkout, with `deno run`. */
  checkout: readonly string[];
  /** A hello world as a binary with the engine of Bun. */
  helloBinary: readonly string[];
  /** The same with `deno run`. */
  helloDeno: readonly string[];
  /** A program that waits to be ended, as a binary with the engine of Bun. */
  waitBinary: readonly string[];
  /** The environment that `deno run` needs. */
  env: Record<string, string>;
}

const ROOT = Deno.realPathSync(new URL("../..", import.meta.url));

const DENO = [Deno.execPath(), "run", "--cached-only", "-A"];

/** Makes all measured programs, in a temporary folder. */
export async function makePrograms(): Promise<Programs> {
  await bunFor(targetHere()); // downloads it, if needed
  const folder = await Deno.makeTempDir({ prefix: "account-qwen-bench-" });
  const compile = async (name: string, parts?: string) => {
    const [bundle, output] = [`${folder}/${name}.js`, `${folder}/${name}`];
    const target = targetHere();
    await compileBinary({ target, engine: "bun", bundle, parts, output });
    return [output];
  };
  const bundle = `${folder}/account-qwen.js`;
  const parts = `${folder}/parts`;
  await makeBundle(bundle);
  await makeParts(parts);
  const hello = `${folder}/hello.js`;
  await Deno.writeTextFile(hello, 'console.log("hello");\n');
  await Deno.writeTextFile(
    `${folder}/wait.js`,
    "await new Promise((go) => setTimeout(go, 600_000));\n",
  );
  return {
    folder,
    binary: await compile("account-qwen", parts),
    bundle: [...DENO, "--no-config", bundle],
    checkout: [...DENO, `${ROOT}/main.ts`],
    helloBinary: await compile("hello"),
    helloDeno: [...DENO, "--no-config", hello],
    waitBinary: await compile("wait"),
    env: { DENO_DIR: await denoDir() },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
