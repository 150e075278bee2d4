import { realSystem } from "../../system/system.ts";
import { accountsMeant } from "../line/named.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { quotaJson } from "../screen/quota_json.ts";
import { formatQuota } from "../screen/quota_screen.ts";
import { noAccounts } from "../screen/standing_text.ts";
import { screenWidth } from "../screen/wrap.ts";

/** `account-qwen quota [ACCOUNT]`. */
export const quota = defineCommand({
  name: "quota",
  group: "look",
  summary: "Show what each account has used, its limits, and how long it lasts",
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  onlyReads: true,
  flags: JSON_FLAGS,
  notes: [
    "A limit is known from the replies of the service (header), from what the " +
    "agent has written down (agent), from earlier refusals (learned), or from " +
    "the pages of the service (preset). A learned limit lies between two " +
    "numbers, which get closer with each refusal. What is not known is shown " +
    'as "unknown".',
    "Recent requests tell when a limit will probably be reached: in half of all " +
    'cases by the time below "runs out", and in nine of ten by "90 % by".',
  ],
  examples: ["quota", "quota work", "quota --json"],
  async run(
    { args: [word], flags, reader, findIfGiven, paint, answer, print },
  ) {
    const index = await findIfGiven(word);
    const known = await reader.listAccounts();
    const asked = known.length === 0 ? [] : accountsMeant(known, index);
    const all = await reader.readQuota(asked);
    const now = realSystem.now();
    if (flags.json || all.length === 0) {
      const accounts = all.map((it) => quotaJson(it, now));
      return answer({ accounts }, noAccounts());
    }
    const options = { now, width: screenWidth() };
    for (const { text, isHeading } of formatQuota(all, options)) {
      print(text, isHeading ? paint.bold : undefined);
    }
  },
});
