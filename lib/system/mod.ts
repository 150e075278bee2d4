/**
 * Chooses between the JavaScript runtimes, Deno and Bun. Only files in this
 * folder may name a runtime.
 *
 * @module
 */

import { bunFiles } from "./bun/files.ts";
import { bunHost } from "./bun/host.ts";
import type { Runtime } from "./contract.ts";
import { denoFiles } from "./deno/files.ts";
import { denoHost } from "./deno/host.ts";

export type * from "./contract.ts";
export type * from "./file_contract.ts";
export { errorCode, unlessRefused } from "./file_errors.ts";
export type { Connections, LoopbackServer, ServeOptions } from "./network.ts";

/** The operating system, through the runtime that executes us. */
export const runtime: Runtime = "Deno" in globalThis
  ? { files: denoFiles, host: denoHost() }
  : { files: bunFiles, host: bunHost() };
