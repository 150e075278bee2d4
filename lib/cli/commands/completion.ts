import { completeLine } from "../complete/complete_line.ts";
import { SCRIPTS } from "../complete/scripts.ts";
import { defineCommand } from "../line/command.ts";
import { writeLine } from "../screen/streams.ts";
import { cannotRun } from "../line/usage_error.ts";
import { program } from "../../program.ts";

const SHELLS = Object.keys(SCRIPTS);

/** `account-qwen completion`. */
export const completion = defineCommand({
  name: "completion",
  group: "care",
  summary: "Print a completion script for bash, zsh or fish",
  usage: `<${SHELLS.join(" | ")}>`,
  args: { least: 0, most: Infinity },
  onlyReads: true,
  offers: [SHELLS],
  flags: {
    line: {
      type: "boolean",
      summary: "Print what can follow the words after --, for these scripts",
    },
  },
  notes: [
    `To load it when bash or zsh starts: eval "$(${program()} completion bash)".`,
    "A file loads faster:",
    `  bash  ~/.local/share/bash-completion/completions/${program()}`,
    `  zsh   _${program()}, in a folder on the fpath`,
    `  fish  ~/.config/fish/completions/${program()}.fish`,
  ],
  examples: [
    `${program()} completion bash`,
    `${program()} completion zsh`,
    `${program()} completion fish`,
  ],
  async run(context) {
    const { args: [shell = "", extra], flags } = context;
    if (flags.line) {
      const lines = await completeLine(context.args, context);
      if (lines.length > 0) await writeLine("stdout", lines.join("\n"));
      return;
    }
    if (extra !== undefined) {
      throw cannotRun("completion", `unexpected argument "${extra}"`);
    }
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (!script) {
      throw cannotRun(
        "completion",
        shell === ""
          ? `it needs <${SHELLS.join(" | ")}>`
          : `"${shell}" is not one of ${SHELLS.join(", ")}`,
      );
    }
    await writeLine("stdout", script().trimEnd());
  },
});
