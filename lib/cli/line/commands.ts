import type { Command } from "./command.ts";
import { COMMAND_INDEX } from "./command_index.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = await Promise.all(
  COMMAND_INDEX.map((it) => it.load()),
);
