import { parseRecord } from "../json.ts";

/**
 * The environment variable that marks every process of a run. Its value is the
 * ids of the outer runs and of the run itself, separated by `:`.
 */
export const RUN_VARIABLE = "ACCOUNT_QWEN_RUN";

/**
 * The environment variable that tells the processes of a run how it logs in:
 * `oauth` or `api-key`.
 */
export const RUN_KIND_VARIABLE = "ACCOUNT_QWEN_RUN_KIND";

/**
 * The environment variables that name a home which the agent has instead of the
 * user's, such as the folder of an account, and the user's.
 */
export const AGENT_HOME_VARIABLES = {
  given: "ACCOUNT_QWEN_AGENT_HOME",
  ofUser: "ACCOUNT_QWEN_USER_HOME",
} as const;

/**
 * The environment variables that tell a nested run the private `HOME` of the
 * outer run, mapped to the variables to set from them. Tools of the agent keep
 * the user's own values, so that what they write is the user's.
 */
export const RUN_HOME_VARIABLES = {
  ACCOUNT_QWEN_RUN_HOME: "HOME",
  ACCOUNT_QWEN_RUN_NODE_OPTIONS: "NODE_OPTIONS",
} as const;

/** The environment variable that names the accounts folder of any agent. */
export const DIR_VARIABLE = "ACCOUNT_QWEN_DIR";

/**
 * The environment variable with the accounts folders of the enclosing runs that
 * have a home of their own: a JSON object with a folder for each program. Runs
 * of other agents inside them do not use these folders.
 */
export const RUN_DIRS_VARIABLE = "ACCOUNT_QWEN_RUN_DIRS";

/** Returns the accounts folder of the enclosing run of `program`, if any. */
export function dirOfRun(
  program: string,
  value: string | undefined,
): string | undefined {
  return parseDirs(value)[program];
}

/**
 * Returns the variables that name the accounts folder `dir` for the runs of
 * `program` within a run of it; `outer` is the value in the environment.
 */
export function dirVariables(
  program: string,
  { dir, outer }: { dir: string; outer: string | undefined },
): Record<string, string> {
  const dirs = { ...parseDirs(outer), [program]: dir };
  return { [DIR_VARIABLE]: "", [RUN_DIRS_VARIABLE]: JSON.stringify(dirs) };
}

/** What is not ours counts as none. */
function parseDirs(value = ""): Record<string, string> {
  const isText = (it: [string, unknown]): it is [string, string] =>
    typeof it[1] === "string";
  const found = Object.entries(parseRecord(value));
  return Object.fromEntries(found.filter(isText));
}
