/**
 * Keeps several accounts of a command-line agent side by side, runs the agent
 * with one that is ready, and continues with the next when one is out of quota.
 *
 * As a command:
 *
 * ```sh
 * deno run -qA jsr:@x/qwen-rotate list
 * ```
 *
 * As a library:
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 *
 * const { output } = await new QwenWrapper().call("Say hello");
 * console.log(output);
 * ```
 *
 * @module
 */

import { fileUrl } from "./file_url.ts";

export * from "./mod.ts";

// In a bundle of another program, `import.meta.main` may be true here as well
// (esbuild), but all code has the URL of the bundle. There is no top-level
// await, because a bundle in the CommonJS format cannot have one (Bun).
if (import.meta.main && import.meta.url !== fileUrl) {
  void import("./cli/run.ts").then(({ runMain }) => runMain());
}
