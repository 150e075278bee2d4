import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { describeInUse, inUseJson } from "./disable.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { formatReadiness } from "../screen/readiness.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen enable N`. */
export const enable = defineCommand({
  name: "enable",
  group: "accounts",
  summary: "Return a disabled account to rotation",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
  examples: [
    `${agentInvocation()} enable work`,
    `${agentInvocation()} enable 2`,
  ],
  async run(context) {
    const { args: [word = ""], flags, accounts, print, notify } = context;
    const index = await context.findAccount(word);
    const result = await accounts.enable(index);
    const names = await accounts.nameAccounts();
    const change = { index, disabled: false, ...result };
    print(
      flags.json
        ? formatJson(inUseJson(change, names))
        : describeInUse(change, names),
    );
    const own = (await accounts.readiness()).filter((it) => it.index === index);
    const isReady = own.every((it) => it.obstacle === undefined);
    if (isReady) return EXIT.done;
    for (const line of formatReadiness(own, Date.now())) notify(line);
    return EXIT.done;
  },
});
