import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { changeUse, USE_FLAGS } from "./disable.ts";
import { formatReadiness } from "../screen/standing_text.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen enable N`. */
export const enable = defineCommand({
  name: "enable",
  group: "accounts",
  summary: "Return a disabled account to rotation",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: USE_FLAGS,
  examples: [
    `${agentInvocation()} enable work`,
    `${agentInvocation()} enable 2`,
  ],
  async run(context) {
    const { accounts, notify } = context;
    const index = await changeUse(context, { disabled: false });
    const own = (await accounts.readiness()).filter((it) => it.index === index);
    const isReady = own.every((it) => it.obstacle === undefined);
    if (isReady) return EXIT.done;
    for (const line of formatReadiness(own, Date.now())) notify(line);
    return EXIT.done;
  },
});
