import { runtime } from "../../system/mod.ts";
import { MissingFolderError } from "./usage_error.ts";

const VARIABLE = "ACCOUNT_QWEN_DIR";

/**
 * Says that the folder of the accounts is not there, where it is named by `dir`
 * or the environment: a mistyped one would look like no accounts.
 */
export async function findMissingFolder(
  dir: string | undefined,
): Promise<MissingFolderError | undefined> {
  const folder = dir || runtime.host.variable(VARIABLE);
  if (!folder) return undefined;
  const name = dir ? "--dir" : VARIABLE;
  const real = await runtime.files.realPath(folder);
  const info = real && await runtime.files.info(real);
  if (info && info.kind === "folder") return undefined;
  return new MissingFolderError(name, folder, info !== undefined);
}
