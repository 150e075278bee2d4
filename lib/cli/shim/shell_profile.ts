import { basename } from "../../disk/names.ts";
import {
  detectShell,
  quoteForFish,
  quoteForSh,
  type Shell,
} from "./shell_env.ts";

/** A line for a file that the shell reads when it starts. */
export interface ProfileLine {
  /** The file. */
  file: string;
  /** The line for it. */
  line: string;
}

/** The profiles of shells that do not use the one of their language. */
const FILES: Readonly<Record<string, string>> = {
  bash: "~/.bashrc",
  zsh: "~/.zshrc",
};

const FILES_OF_LANGUAGE: Record<Shell, string> = {
  sh: "~/.profile",
  fish: "~/.config/fish/config.fish",
  powershell: "the file $PROFILE",
};

const PATHS: Record<Shell, (folder: string) => string> = {
  sh: (folder) => `export PATH=${quoteForSh(folder)}:"$PATH"`,
  fish: (folder) => `fish_add_path --path --move ${quoteForFish(folder)}`,
  powershell: (folder) =>
    `$env:PATH = '${folder.replaceAll("'", "''")}:' + $env:PATH`,
};

/**
 * Returns the line that makes the user's shell search `folder` for programs
 * first.
 */
export function pathLine(
  env: Readonly<Record<string, string>>,
  folder: string,
): ProfileLine {
  return { file: profileOf(env), line: PATHS[detectShell(env)](folder) };
}

function profileOf(env: Readonly<Record<string, string>>): string {
  const shell = detectShell(env);
  const file = shell === "sh" ? FILES[basename(env.SHELL ?? "")] : undefined;
  return file ?? FILES_OF_LANGUAGE[shell];
}
