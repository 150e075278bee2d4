import { HomeNotSetError } from "../../errors.ts";
import { qwen } from "../../providers/qwen.ts";
import { runtime } from "../../system/mod.ts";

/**
 * Returns where the shim is to be: in `folder`, or else where the XDG Base
 * Directory Specification has the data of a program.
 *
 * @throws {HomeNotSetError} If nothing says where that is.
 */
export function shimPath(folder?: string): string {
  return `${
    folder === undefined ? usualFolder() : absolutePath(folder)
  }/${qwen.program}`;
}

/** The path from the root to what `path` is from our working folder. */
export function absolutePath(path: string): string {
  const whole = path.startsWith("/") ? path : `${runtime.host.cwd()}/${path}`;
  return whole.replace(/(?<=.)\/+$/, "");
}

function usualFolder(): string {
  const { HOME, XDG_DATA_HOME } = runtime.host.environment();
  // A relative path there is to be ignored.
  const data = XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : undefined;
  if (data === undefined && !HOME) throw new HomeNotSetError();
  return `${data ?? `${HOME}/.local/share`}/account-qwen/shims`;
}
