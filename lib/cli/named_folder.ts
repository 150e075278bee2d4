import { program } from "../program.ts";
import { shellWord } from "../rotation/examine/mend.ts";
import { runtime } from "../runtime/mod.ts";
import { UsageError } from "./usage_error.ts";

const VARIABLE = "ACCOUNT_QWEN_DIR";

/**
 * Says that the folder of the accounts is not there, where it is named by `dir`
 * or the environment: a mistyped one would look like no accounts.
 */
export async function findMissingFolder(
  dir: string | undefined,
): Promise<UsageError | undefined> {
  const folder = dir || runtime.host.variable(VARIABLE);
  if (!folder) return undefined;
  const name = dir ? "--dir" : VARIABLE;
  const real = await runtime.files.realPath(folder);
  const info = real && await runtime.files.info(real);
  if (info && info.kind === "folder") return undefined;
  const state = info ? "is not a directory" : "does not exist";
  const hint = info
    ? "name the accounts folder"
    : "use another folder, or add accounts there: " +
      `${program()} setup --dir ${shellWord(folder)}`;
  const message = `Cannot use ${name}: "${folder}" ${state}`;
  return new UsageError(message, undefined, hint);
}
