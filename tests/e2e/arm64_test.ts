/**
 * The binary for Linux on arm64, under qemu on another processor.
 *
 * @module
 */

import { makeBundle, makeParts } from "../../scripts/bundle.ts";
import { compileBinary } from "../../scripts/compile_binary.ts";
import { arm64Command } from "../support/arm64.ts";
import { PROGRAM_CASES } from "./program_cases.ts";

const dir = await Deno.makeTempDir({ prefix: "account-qwen-test-" });
globalThis.addEventListener("unload", () => {
  Deno.removeSync(dir, { recursive: true });
});

const bundle = `${dir}/account-qwen.js`;
const output = `${dir}/account-qwen`;
const parts = `${dir}/parts`;
await makeBundle(bundle);
await makeParts(parts);
await compileBinary({
  ...{ target: "linux-arm64", engine: "bun", bundle, parts, output },
});
const command = [...await arm64Command(), output];

for (const [what, test] of Object.entries(PROGRAM_CASES)) {
  if (isLeftOut(what)) continue;
  Deno.test(`the binary for arm64 ${what}`, () => test(command));
}

/**
 * Whether a case says nothing about the binary, or needs a real arm64
 * processor.
 */
function isLeftOut(what: string): boolean {
  // The real qwen is not emulated, and is slow together with a program that is.
  if (what.includes("the real qwen")) return true;
  // The shim starts the binary without qemu, which only works on arm64.
  return command.length > 1 && what.includes("by its shim");
}
