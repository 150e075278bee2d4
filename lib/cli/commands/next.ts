import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";

/** `account-qwen next`. */
export const next = defineCommand({
  name: "next",
  alias: "--switch-next",
  summary: "Make the next account the active one, silently",
  flags: {},
  examples: ["account-qwen next", "account-qwen --switch-next"],
  async run({ accounts }) {
    await accounts.switchNext();
    return EXIT.done;
  },
});
