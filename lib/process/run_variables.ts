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
 * The environment variables that tell a nested run the private `HOME` of the
 * outer run, mapped to the variables to set from them. Tools of the agent keep
 * the user's own values, so that what they write is the user's.
 */
export const RUN_HOME_VARIABLES = {
  ACCOUNT_QWEN_RUN_HOME: "HOME",
  ACCOUNT_QWEN_RUN_NODE_OPTIONS: "NODE_OPTIONS",
} as const;
