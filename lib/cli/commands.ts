import type { Command } from "./command.ts";
import { config } from "./commands/config.ts";
import { cooldown } from "./commands/cooldown.ts";
import { doctor } from "./commands/doctor.ts";
import { exec } from "./commands/exec.ts";
import { list } from "./commands/list.ts";
import { next } from "./commands/next.ts";
import { restore } from "./commands/restore.ts";
import { setup } from "./commands/setup.ts";
import { stats } from "./commands/stats.ts";
import { switchTo } from "./commands/switch.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  setup,
  exec,
  list,
  switchTo,
  next,
  cooldown,
  stats,
  restore,
  config,
  doctor,
];
