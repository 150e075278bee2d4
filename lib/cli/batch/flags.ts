import type { CommandContext, Flags } from "../line/command.ts";
import { SCHEMA_FLAG } from "../screen/json.ts";
import { RUN_FLAGS } from "../settings/settings.ts";

const { strategy, ...others } = RUN_FLAGS;

/** The flags of `batch`. */
export const BATCH_FLAGS = {
  jobs: {
    type: "number",
    group: "Batch",
    value: "N",
    summary: "Ask N prompts at once (default: 4, or 1 with a plan login)",
  },
  out: {
    type: "text",
    group: "Batch",
    value: "FILE",
    offers: "files",
    summary: "Write the results to FILE, or continue there (default: stdout)",
  },
  each: {
    type: "texts",
    group: "Batch",
    value: "GLOB",
    summary: "Ask once for each file that matches, with the file on stdin",
  },
  "retry-failed": {
    type: "boolean",
    group: "Batch",
    summary: "Ask the prompts in FILE that failed again",
  },
  quiet: {
    type: "boolean",
    group: "Batch",
    summary: "Print only errors: no progress, no rotation notices",
  },
  schema: {
    ...SCHEMA_FLAG,
    group: "Batch",
    summary: "Print the JSON schema of a result",
  },
  strategy: {
    ...strategy,
    summary: strategy.summary.replace("round-robin)", "spread)"),
  },
  ...others,
} satisfies Flags;

/** What `batch` gets. */
export type BatchContext = CommandContext<typeof BATCH_FLAGS>;
