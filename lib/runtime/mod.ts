/**
 * Chooses between the JavaScript runtimes, Deno and Bun. Only files in this
 * folder may name a runtime.
 *
 * @module
 */

import { bunFiles } from "./bun_files.ts";
import { bunHost } from "./bun_host.ts";
import type { Runtime } from "./contract.ts";
import { denoFiles } from "./deno_files.ts";
import { denoHost } from "./deno_host.ts";

export type * from "./contract.ts";
export { errorCode } from "./file_errors.ts";
export type { Connections, LoopbackServer, ServeOptions } from "./network.ts";

/** The operating system, through the runtime that executes us. */
export const runtime: Runtime = "Deno" in globalThis
  ? { files: denoFiles, host: denoHost() }
  : { files: bunFiles, host: bunHost() };
