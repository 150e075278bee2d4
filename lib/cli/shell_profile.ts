import { basename } from "../store/names.ts";
import { detectShell, formatShellEnv, type Shell } from "./shell_env.ts";

/** What makes a shell run our command for `qwen`. */
export interface ProfileLine {
  /** The file that the shell reads when it starts. */
  file: string;
  /** The line for it. */
  line: string;
}

const ALIASES: Record<Shell, string> = {
  sh: "alias qwen='account-qwen exec --'",
  fish: "alias qwen='account-qwen exec --'",
  powershell: "function qwen { account-qwen exec -- @args }",
};

/** The profile of each shell that has another one than its language says. */
const FILES: Readonly<Record<string, string>> = {
  bash: "~/.bashrc",
  zsh: "~/.zshrc",
};

const FILES_OF_LANGUAGE: Record<Shell, string> = {
  sh: "~/.profile",
  fish: "~/.config/fish/config.fish",
  powershell: "the file $PROFILE",
};

/**
 * Returns the line for the shell that the environment is of; `dir` is the
 * folder of the accounts, where it is not the usual one.
 */
export function profileLine(
  env: Readonly<Record<string, string>>,
  dir?: string,
): ProfileLine {
  const shell = detectShell(env);
  const name = basename(env.SHELL ?? "");
  const file = shell === "sh" ? FILES[name] : undefined;
  const alias = ALIASES[shell];
  const line = dir === undefined
    ? alias
    : `${formatShellEnv(shell, { set: { ACCOUNT_QWEN_DIR: dir } })} ${alias}`;
  return { file: file ?? FILES_OF_LANGUAGE[shell], line };
}
