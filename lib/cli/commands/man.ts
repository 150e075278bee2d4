import { defineCommand, loadCommands } from "../line/command.ts";
import { formatManPage } from "../line/man_page.ts";
import { writeLine } from "../screen/streams.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen man`. */
export const man = defineCommand({
  name: "man",
  group: "care",
  summary: "Print the manual page",
  flags: {},
  notes: [
    `  To read it:  ${agentInvocation()} man | man -l -`,
    "  To keep it:  mkdir -p ~/.local/share/man/man1",
    `  and then:    ${agentInvocation()} man >~/.local/share/man/man1/account-qwen.1`,
  ],
  examples: ["man"],
  async run({ commands }) {
    const page = formatManPage(await loadCommands(commands));
    await writeLine("stdout", page.trimEnd());
  },
});
