import { realSystem } from "../../system/system.ts";
import { defineCommand } from "../line/command.ts";
import { formatMetrics } from "../screen/metrics.ts";
import { withQuotaSettings } from "../settings/settings_if_set.ts";

/** `account-qwen metrics`. */
export const metrics = defineCommand({
  name: "metrics",
  group: "look",
  summary: "Print the state and the traffic of the accounts for Prometheus",
  onlyReads: true,
  flags: {},
  notes: [
    "Write the output to a file for the textfile collector of node_exporter, " +
    "or let a small server print it. Requests, tokens and errors are counted " +
    "from 00:00 UTC; rate() and increase() handle that like a restart. What " +
    "is unknown has no line.",
  ],
  examples: ["metrics"],
  async run({ reader, print }) {
    // A reserved account rests, as status and list say.
    const knowing = await withQuotaSettings(reader);
    const all = await knowing.readQuota(await knowing.listAccounts());
    const stats = await reader.getStats();
    const now = realSystem.now();
    const agent = reader.layout.agent.program;
    print(formatMetrics({ all, stats, now, agent }));
  },
});
