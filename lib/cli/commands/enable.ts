import { defineCommand } from "../line/command.ts";
import { changeUse } from "./disable.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { formatReadiness } from "../screen/standing_text.ts";

/** `account-qwen enable N`. */
export const enable = defineCommand({
  name: "enable",
  group: "accounts",
  summary: "Return a disabled account to rotation",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: JSON_FLAGS,
  examples: ["enable work", "enable 2"],
  async run(context) {
    const { accounts, notify } = context;
    const index = await changeUse(context, { disabled: false });
    const own = (await accounts.readiness()).filter((it) => it.index === index);
    if (own.every((it) => it.obstacle === undefined)) return;
    for (const line of formatReadiness(own, Date.now())) notify(line);
  },
});
