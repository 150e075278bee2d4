import type { Agent, Keyed } from "../../agents/agent.ts";
import { AgentWrapper } from "../../run/agent_wrapper.ts";
import type { RunCliOptions } from "../../run/call_options.ts";
import { groupSettings } from "../../run/default_options.ts";
import { runtime } from "../../system/mod.ts";
import type { Notify } from "../../system/system.ts";
import type { CommandContext, Flags } from "../line/command.ts";
import { SCHEMA_FLAG } from "../screen/json.ts";
import { tellIfUntried } from "../screen/versions.ts";
import { loadSettings, RUN_FLAGS } from "../settings/settings.ts";
import { keyForOneRun } from "../setup/environment_key.ts";

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

/** How many prompts are asked at once. */
const USUAL_JOBS = 4;

/**
 * Returns how to run the agent, and how many prompts to ask at once.
 *
 * @throws {AccountError} If plan logins would be used in parallel.
 */
export async function prepareCall(
  agent: Keyed<Agent>,
  { accounts, dir, flags }: BatchContext,
  notify: Notify,
): Promise<{ wrapper: AgentWrapper; options: RunCliOptions; jobs: number }> {
  const { settings, origins } = await loadSettings({
    dir: accounts.dir,
    flags,
  });
  const key = keyForOneRun(notify);
  const { jobs: asked } = flags;
  const refusal = key ? undefined : await accounts.refusalOfPlan({
    doing: `run ${asked ?? USUAL_JOBS} jobs at once`,
    instead: "--jobs 1",
  });
  const jobs = asked ?? (refusal ? 1 : USUAL_JOBS);
  if (refusal && jobs > 1) throw refusal;
  const { bin: named } = settings;
  const isRelative = named.includes("/") && !named.startsWith("/");
  // A prompt may run in another folder.
  const bin = isRelative ? `${runtime.host.cwd()}/${named}` : named;
  await tellIfUntried(bin, notify);
  const isUsual = origins.strategy.from === "default" && !refusal;
  const strategy = isUsual ? "spread" : settings.strategy;
  const given = groupSettings({ ...settings, bin, strategy });
  return {
    wrapper: new AgentWrapper({ agent, ...given, dir, notify }),
    options: { ...given, key },
    jobs,
  };
}
