import { loadCommands } from "../../lib/cli/line/command.ts";
import { COMMAND_INDEX } from "../../lib/cli/line/command_index.ts";

/** The declaration of every command, in the order of the help. */
export const COMMANDS = await loadCommands(COMMAND_INDEX);
