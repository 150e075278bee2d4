import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { formatManPage } from "../line/man_page.ts";
import { writeLine } from "../screen/streams.ts";
import { program } from "../../program.ts";

/** `account-qwen man`. */
export const man = defineCommand({
  name: "man",
  group: "care",
  summary: "Print the manual page",
  flags: {},
  notes: [
    `  To read it:  ${program()} man | man -l -`,
    `  To keep it:  ${program()} man >~/.local/share/man/man1/account-qwen.1`,
  ],
  examples: [`${program()} man`],
  async run() {
    // Imported late, because COMMANDS includes this command.
    const { COMMANDS } = await import("../line/commands.ts");
    await writeLine("stdout", formatManPage(COMMANDS).trimEnd());
    return EXIT.done;
  },
});
