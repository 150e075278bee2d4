/**
 * Chooses the JavaScript runtime that `contract.ts` describes. No file in `lib/`
 * outside of this folder names a runtime.
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

/** The files and processes of the machine that runs us. */
export const runtime: Runtime = "Deno" in globalThis
  ? { files: denoFiles, host: denoHost() }
  : { files: bunFiles, host: bunHost() };
