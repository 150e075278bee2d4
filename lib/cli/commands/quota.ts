import { realSystem } from "../../system/system.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { formatQuota, quotaJson } from "../screen/quota_screen.ts";
import { noAccounts } from "../screen/readiness.ts";
import { screenWidth } from "../screen/wrap.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen quota [ACCOUNT]`. */
export const quota = defineCommand({
  name: "quota",
  group: "look",
  summary: "Show what each account has used, its limits, and how long it lasts",
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  onlyReads: true,
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
  notes: [
    "A limit is known from the replies of the service (header), from what the " +
    "agent has written down (agent), from earlier refusals (learned), or from " +
    "the pages of the service (preset). A learned limit lies between two " +
    "numbers, which come closer with each refusal. What is not known is shown " +
    'as "unknown".',
    "The time when a limit is reached follows from the recent requests: half " +
    "of such forecasts come true by the first time, nine of ten by the second.",
  ],
  examples: [
    `${agentInvocation()} quota`,
    `${agentInvocation()} quota work`,
    `${agentInvocation()} quota --json`,
  ],
  async run({ args, flags, reader, findAccount, paint, print }) {
    const [word] = args;
    const index = word === undefined ? undefined : await findAccount(word);
    const accounts = (await reader.listAccounts()).filter((it) =>
      index === undefined || it.index === index
    );
    const all = await reader.readQuota(accounts);
    const now = realSystem.now();
    if (flags.json) {
      print(formatJson({ accounts: all.map((it) => quotaJson(it, now)) }));
    } else if (all.length === 0) print(noAccounts());
    else {
      const options = { now, width: screenWidth() };
      for (const { text, isHeading } of formatQuota(all, options)) {
        print(text, isHeading ? paint.bold : undefined);
      }
    }
    return EXIT.done;
  },
});
