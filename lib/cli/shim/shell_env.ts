import { basename } from "../../disk/names.ts";

/** The supported shell languages. */
export const SHELLS = ["sh", "fish", "powershell"] as const;

/** A shell language; `"sh"` is also that of bash, dash and zsh. */
export type Shell = typeof SHELLS[number];

/** What to write for a shell. */
interface Language {
  /** Returns a statement that is complete by itself. */
  set(name: string, value: string): string;
  unset(name: string): string;
  /** Returns a line that makes it search `folder` for programs first. */
  path(folder: string): string;
  /** The file that it reads when it starts, unless it is in `PROFILES`. */
  profile: string;
}

const LANGUAGES: Record<Shell, Language> = {
  sh: {
    set: (name, value) => `export ${name}=${quoteForSh(value)};`,
    unset: (name) => `unset ${name};`,
    path: (folder) => `export PATH=${quoteForSh(folder)}:"$PATH"`,
    profile: "~/.profile",
  },

  // Inherited variables are global; universal ones are kept.
  fish: {
    set: (name, value) => `set -gx ${name} ${quoteForFish(value)};`,
    unset: (name) => `set -eg ${name}; or true;`,
    path: (folder) => `fish_add_path --path --move ${quoteForFish(folder)}`,
    profile: "~/.config/fish/config.fish",
  },

  // Invoke-Expression needs whole lines, the console may use another encoding,
  // and typographic quotes end a string, too (about_Quoting_Rules): so
  // everything except printable ASCII is escaped.
  powershell: {
    set: (name, value) => `$env:${name} = ${powershellText(value)};`,
    unset: (name) => `$env:${name} = $null;`,
    path: (folder) =>
      `$env:PATH = '${folder.replaceAll("'", "''")}:' + $env:PATH`,
    profile: "the file $PROFILE",
  },
};

/** The profiles of shells that do not use the one of their language. */
const PROFILES: Readonly<Record<string, string>> = {
  bash: "~/.bashrc",
  zsh: "~/.zshrc",
};

/** Quotes a word for sh, bash, dash and zsh. */
export function quoteForSh(text: string): string {
  // POSIX 2.2.2: only the quote itself is special in single quotes.
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes a word for fish. */
function quoteForFish(text: string): string {
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
export function formatShellEnv(
  shell: Shell,
  { set = {}, unset = [] }: {
    set?: Readonly<Record<string, string>>;
    /** Names of variables to remove, before others are set. */
    unset?: readonly string[];
  },
): string {
  const language = LANGUAGES[shell];
  return [
    ...unset.map((name) => language.unset(checkName(name))),
    ...Object.entries(set).map(([name, value]) => {
      if (!value.includes("\0")) return language.set(checkName(name), value);
      throw new TypeError(`Cannot set "${name}": its value has a NUL`);
    }),
  ].join("\n");
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

/**
 * Returns the line that makes the user's shell search `folder` for programs
 * first, and the file for it.
 */
export function pathLine(
  env: Readonly<Record<string, string>>,
  folder: string,
): { file: string; line: string } {
  const shell = detectShell(env);
  const { path, profile } = LANGUAGES[shell];
  const own = shell === "sh" ? PROFILES[basename(env.SHELL ?? "")] : undefined;
  return { file: own ?? profile, line: path(folder) };
}
