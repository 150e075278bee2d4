import type { Account } from "../../rotation/account.ts";
import { bashCompletion } from "../completion_bash.ts";
import { fishCompletion } from "../completion_fish.ts";
import { completionModel } from "../completion_model.ts";
import { zshCompletion } from "../completion_zsh.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { printable } from "../printable.ts";
import { writeLine } from "../streams.ts";
import { UsageError } from "../usage_error.ts";
import { program } from "../../program.ts";

const WRITERS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const SHELLS = Object.keys(WRITERS);

/** `account-qwen completion`. */
export const completion = defineCommand({
  name: "completion",
  group: "care",
  summary: "Print what lets bash, zsh or fish complete a command line",
  usage: `<${SHELLS.join(" | ")}>`,
  args: { least: 0, most: 1 },
  offers: [SHELLS],
  flags: {
    accounts: {
      type: "boolean",
      summary:
        "Print each account, a tab and its label, as the shells ask for it",
    },
  },
  notes: [
    `bash and zsh can read it when they start: eval "$(${program()} completion bash)".`,
    "A file loads faster, but must be generated again after each update:",
    `  bash  ~/.local/share/bash-completion/completions/${program()}`,
    `  zsh   _${program()}, in a folder of the fpath`,
    `  fish  ~/.config/fish/completions/${program()}.fish`,
  ],
  examples: [
    `${program()} completion bash`,
    `${program()} completion zsh`,
    `${program()} completion fish`,
  ],
  async run({ args: [shell], flags, accounts }) {
    if (flags.accounts) {
      const all = await accounts.listAccounts();
      if (all.length > 0) {
        await writeLine("stdout", all.map(describe).join("\n"));
      }
      return EXIT.done;
    }
    const write = Object.entries(WRITERS).find(([name]) => name === shell)?.[1];
    if (!write) {
      const shells = SHELLS.join(", ");
      throw new UsageError(
        `Cannot complete in "${shell ?? ""}": it is one of ${shells}`,
        "completion",
      );
    }
    // Imported late: the declarations are those of this command too.
    const { COMMANDS } = await import("../commands.ts");
    await writeLine("stdout", write(completionModel(COMMANDS)).trimEnd());
    return EXIT.done;
  },
});

/** Without a label, what tells it from the others. */
function describe({ index, label, kind, identity }: Account): string {
  const text = label ?? [kind, identity].filter((it) => it).join(" ");
  return `${index}\t${printable(text)}`;
}
