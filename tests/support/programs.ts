import { bunFor } from "../../scripts/bun_package.ts";
import { makeBundle, makeParts } from "../../scripts/bundle.ts";
import { compileBinary } from "../../scripts/compile_binary.ts";
import { targetHere } from "../../scripts/targets.ts";
import { MAIN } from "./cli.ts";

/** All forms of `account-qwen`. */
export interface Programs extends Disposable {
  /** The command lines before the arguments, by name. */
  commands: Readonly<Record<string, readonly string[]>>;
}

/** Makes every form, in a temporary folder; use it with `using`. */
export async function makePrograms(): Promise<Programs> {
  const dir = await Deno.makeTempDir({ prefix: "account-qwen-test-" });
  using owned = new DisposableStack();
  owned.defer(() => Deno.removeSync(dir, { recursive: true }));
  const bundle = `${dir}/account-qwen.js`;
  const output = `${dir}/account-qwen`;
  const parts = `${dir}/parts`;
  await makeBundle(bundle);
  await makeParts(parts);
  const target = targetHere();
  await compileBinary({ target, engine: "bun", bundle, parts, output });
  const bun = await bunFor(target);
  const disposables = owned.move();
  return {
    commands: {
      "main.ts with Deno": MAIN,
      "the bundle with Deno": [Deno.execPath(), "run", "-A", bundle],
      "the bundle with Bun": [
        bun,
        "--no-env-file",
        "--config=/dev/null",
        bundle,
      ],
      "the binary": [output],
    },
    [Symbol.dispose]: () => disposables.dispose(),
  };
}
