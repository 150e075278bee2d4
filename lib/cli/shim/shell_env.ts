import { basename } from "../../disk/names.ts";

/** The supported shell languages. */
export const SHELLS = ["sh", "fish", "powershell"] as const;

/** A shell language; `"sh"` is also that of bash, dash and zsh. */
export type Shell = typeof SHELLS[number];

/** Changes to environment variables. */
interface EnvChanges {
  /** Variables to set, by name. */
  set?: Readonly<Record<string, string>>;
  /** Names of variables to remove, before others are set. */
  unset?: readonly string[];
}

/** The statements of a shell, each complete by itself. */
interface Language {
  set(name: string, value: string): string;
  unset(name: string): string;
}

const LANGUAGES: Record<Shell, Language> = {
  sh: {
    set: (name, value) => `export ${name}=${quoteForSh(value)};`,
    unset: (name) => `unset ${name};`,
  },

  // Inherited variables are global; universal ones are kept.
  fish: {
    set: (name, value) => `set -gx ${name} ${quoteForFish(value)};`,
    unset: (name) => `set -eg ${name}; or true;`,
  },

  // Invoke-Expression needs whole lines, the console may use another encoding,
  // and typographic quotes end a string, too (about_Quoting_Rules): so
  // everything except printable ASCII is escaped.
  powershell: {
    set: (name, value) => `$env:${name} = ${powershellText(value)};`,
    unset: (name) => `$env:${name} = $null;`,
  },
};

/** Quotes a word for sh, bash, dash and zsh. */
export function quoteForSh(text: string): string {
  // POSIX 2.2.2: only the quote itself is special in single quotes.
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes a word for fish. */
export function quoteForFish(text: string): string {
  // In single quotes, a backslash escapes a quote and a backslash.
  return `'${text.replace(/['\\]/g, (it) => `\\${it}`)}'`;
}

/**
 * Formats `changes` for `shell`, one statement per line, for `eval "$(...)"`,
 * or in PowerShell for `... | Invoke-Expression`.
 *
 * @throws {TypeError} If a name is invalid, or a text contains a NUL, which no
 * environment can hold. The message contains no value.
 */
export function formatShellEnv(shell: Shell, changes: EnvChanges): string {
  const { set = {}, unset = [] } = changes;
  const language = LANGUAGES[shell];
  const lines = [
    ...unset.map((name) => language.unset(checkName(name))),
    ...Object.entries(set).map(([name, value]) => {
      if (!value.includes("\0")) return language.set(checkName(name), value);
      throw new TypeError(`Cannot set "${name}": its value has a NUL`);
    }),
  ];
  return lines.join("\n");
}

/**
 * Guesses the shell of the user. `SHELL` is the login shell; without it, as on
 * Windows, `PSModulePath` means PowerShell. Otherwise `PSModulePath` means
 * nothing: CI images set it for every shell.
 */
export function detectShell(env: Readonly<Record<string, string>>): Shell {
  if (env.FISH_VERSION) return "fish";
  const program = /([^/\\]*?)(?:\.exe)?$/i.exec(env.SHELL ?? "")?.[1];
  if (program === "fish") return "fish";
  if (program === "pwsh" || program === "powershell") return "powershell";
  return !program && env.PSModulePath ? "powershell" : "sh";
}

/**
 * Whether a shell can have a variable of this name (POSIX 8.1); an environment
 * can contain others.
 */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function checkName(name: string): string {
  if (isVariableName(name)) return name;
  throw new TypeError(
    `Cannot set ${JSON.stringify(name)}: it is not a valid variable name`,
  );
}

/** The first part is in quotes, so that `+` concatenates. */
function powershellText(value: string): string {
  return value.split(/([^ -~])/).map((part, at) =>
    at % 2 === 1
      ? `[char]0x${part.charCodeAt(0).toString(16)}`
      : `'${part.replaceAll("'", "''")}'`
  ).filter((it, at) => at === 0 || it !== "''").join(" + ");
}

/** A line for a file that the shell reads when it starts. */
interface ProfileLine {
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
