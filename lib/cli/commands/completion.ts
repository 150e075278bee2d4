import type { Account } from "../../accounts/account.ts";
import { isNumeric } from "../../accounts/label.ts";
import { foldedLabel } from "../../ledger/labels.ts";
import { bashCompletion } from "../complete/completion_bash.ts";
import { fishCompletion } from "../complete/completion_fish.ts";
import { completionModel } from "../complete/completion_model.ts";
import { zshCompletion } from "../complete/completion_zsh.ts";
import { defineCommand, loadCommands } from "../line/command.ts";
import { printable, writeLine } from "../screen/streams.ts";
import { cannotRun } from "../line/usage_error.ts";
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
  summary: "Print a completion script for bash, zsh or fish",
  usage: `<${SHELLS.join(" | ")}>`,
  args: { least: 0, most: 1 },
  offers: [SHELLS],
  flags: {
    accounts: {
      type: "boolean",
      summary: "Print account numbers and labels for completion scripts",
    },
  },
  notes: [
    `To load it when bash or zsh starts: eval "$(${program()} completion bash)".`,
    "A file loads faster, but must be regenerated after each update:",
    `  bash  ~/.local/share/bash-completion/completions/${program()}`,
    `  zsh   _${program()}, in a folder on the fpath`,
    `  fish  ~/.config/fish/completions/${program()}.fish`,
  ],
  examples: [
    `${program()} completion bash`,
    `${program()} completion zsh`,
    `${program()} completion fish`,
  ],
  async run({ args: [shell], flags, accounts, commands }) {
    if (flags.accounts) {
      const all = await accounts.listAccounts();
      if (all.length > 0) {
        await writeLine("stdout", all.flatMap(describeWords(all)).join("\n"));
      }
      return;
    }
    const write = Object.entries(WRITERS).find(([name]) => name === shell)?.[1];
    if (!write) {
      throw cannotRun(
        "completion",
        shell === undefined
          ? `it needs <${SHELLS.join(" | ")}>`
          : `"${shell}" is not one of ${SHELLS.join(", ")}`,
      );
    }
    const model = completionModel(await loadCommands(commands));
    await writeLine("stdout", write(model).trimEnd());
  },
});

/**
 * Returns a function that lists the words for an account: its number, described
 * by its label or its kind, and its label if that is unique and can be typed.
 */
function describeWords(all: readonly Account[]) {
  const counts = Map.groupBy(all, (it) => foldedLabel(it.label ?? ""));
  return ({ index, label, kind, identity }: Account): string[] => {
    const text = label ?? [kind, identity].filter((it) => it).join(" ");
    const number = `${index}\t${printable(text)}`;
    const isWord = label !== undefined && !isNumeric(label) &&
      counts.get(foldedLabel(label))?.length === 1 &&
      printable(label) === label && !label.startsWith("-");
    return isWord ? [number, `${label}\taccount ${index}`] : [number];
  };
}
