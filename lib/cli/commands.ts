import type { Command } from "./command.ts";
import { add } from "./commands/add.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { cooldown } from "./commands/cooldown.ts";
import { doctor } from "./commands/doctor.ts";
import { env } from "./commands/env.ts";
import { exec } from "./commands/exec.ts";
import { importLogins } from "./commands/import.ts";
import { label } from "./commands/label.ts";
import { list } from "./commands/list.ts";
import { login } from "./commands/login.ts";
import { man } from "./commands/man.ts";
import { move } from "./commands/move.ts";
import { next } from "./commands/next.ts";
import { refresh } from "./commands/refresh.ts";
import { remove } from "./commands/remove.ts";
import { restore } from "./commands/restore.ts";
import { setup } from "./commands/setup.ts";
import { shim } from "./commands/shim.ts";
import { stats } from "./commands/stats.ts";
import { switchTo } from "./commands/switch.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  setup,
  login,
  add,
  importLogins,
  exec,
  list,
  switchTo,
  next,
  cooldown,
  refresh,
  label,
  move,
  remove,
  env,
  stats,
  restore,
  config,
  doctor,
  shim,
  completion,
  man,
];
