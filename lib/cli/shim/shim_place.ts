import { noHome } from "../../common_errors.ts";
import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";

/**
 * Returns the path of the shim: in `folder`, or else in the data folder of the
 * XDG Base Directory Specification.
 *
 * @throws {FileError} If that folder is unknown.
 */
export function shimPath(folder?: string): string {
  return `${
    folder === undefined ? usualFolder() : absolutePath(folder)
  }/${DEFAULT_AGENT.program}`;
}

/** Resolves `path` against the working folder. */
export function absolutePath(path: string): string {
  const whole = path.startsWith("/") ? path : `${runtime.host.cwd()}/${path}`;
  return whole.replace(/(?<=.)\/+$/, "");
}

function usualFolder(): string {
  const { HOME, XDG_DATA_HOME } = runtime.host.environment();
  // The specification requires that a relative path is ignored.
  const data = XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : undefined;
  if (data === undefined && !HOME) throw noHome();
  return `${data ?? `${HOME}/.local/share`}/account-qwen/shims`;
}
