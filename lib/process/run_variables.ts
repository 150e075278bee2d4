/**
 * The environment variable that marks every process of a run: the run's id,
 * after those of the runs that it is part of, parted by `:`.
 */
export const RUN_VARIABLE = "ACCOUNT_QWEN_RUN";

/**
 * The environment variable that tells the processes of a run how it logs in:
 * `oauth` or `api-key`.
 */
export const RUN_KIND_VARIABLE = "ACCOUNT_QWEN_RUN_KIND";

/**
 * The environment variables that lead a run within a run to the private `HOME`
 * of the outer one, by the names that it is to have them by: tools do not have
 * it, so that what they write is the user's.
 */
export const RUN_HOME_VARIABLES = {
  ACCOUNT_QWEN_RUN_HOME: "HOME",
  ACCOUNT_QWEN_RUN_NODE_OPTIONS: "NODE_OPTIONS",
} as const;
