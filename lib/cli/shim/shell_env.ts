/** The shells whose language we can write. */
export const SHELLS = ["sh", "fish", "powershell"] as const;

/** A shell, by its language; `"sh"` is that of bash, dash and zsh too. */
export type Shell = typeof SHELLS[number];

/** What is to become of environment variables. */
export interface EnvChanges {
  /** Variables to set, by name. */
  set?: Readonly<Record<string, string>>;
  /** Names of variables to remove, before others are set. */
  unset?: readonly string[];
}

/** How a shell says it; a statement is whole by itself. */
interface Language {
  set(name: string, value: string): string;
  unset(name: string): string;
}

const LANGUAGES: Record<Shell, Language> = {
  sh: {
    set: (name, value) => `export ${name}=${quoteForSh(value)};`,
    unset: (name) => `unset ${name};`,
  },

  // A variable that came with the environment is global; a universal one stays.
  fish: {
    set: (name, value) => `set -gx ${name} ${quoteForFish(value)};`,
    unset: (name) => `set -eg ${name}; or true;`,
  },

  // A line that is piped to Invoke-Expression must be whole, its console may
  // have another encoding, and typographic quotes end a string as well
  // (about_Quoting_Rules): so only printable ASCII is written as such.
  powershell: {
    set: (name, value) => `$env:${name} = ${powershellText(value)};`,
    unset: (name) => `$env:${name} = $null;`,
  },
};

/** Quotes a word for sh, bash, dash and zsh. */
export function quoteForSh(text: string): string {
  // POSIX 2.2.2: nothing but the quote itself has a meaning in single quotes.
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes a word for fish. */
export function quoteForFish(text: string): string {
  // In single quotes, a backslash escapes a quote and a backslash.
  return `'${text.replace(/['\\]/g, (it) => `\\${it}`)}'`;
}

/**
 * Writes `changes` in the language of `shell`, a statement a line, to be run by
 * `eval "$(...)"`, or in PowerShell by `... | Invoke-Expression`.
 *
 * @throws {TypeError} If something is no name of a variable, or has a NUL, which
 * no environment can hold. The message does not quote a value.
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
 * Guesses the shell that the environment is of. `SHELL` says what somebody logs
 * in with; without it, as on Windows, `PSModulePath` means PowerShell. It alone
 * means nothing: images for CI have it in every shell.
 */
export function detectShell(env: Readonly<Record<string, string>>): Shell {
  if (env.FISH_VERSION) return "fish";
  const program = /([^/\\]*?)(?:\.exe)?$/i.exec(env.SHELL ?? "")?.[1];
  if (program === "fish") return "fish";
  if (program === "pwsh" || program === "powershell") return "powershell";
  return !program && env.PSModulePath ? "powershell" : "sh";
}

/**
 * Whether a shell can have a variable of this name, as POSIX has it, 8.1; an
 * environment can have others.
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

/** The first part is in quotes, so that `+` joins texts. */
function powershellText(value: string): string {
  return value.split(/([^ -~])/).map((part, at) =>
    at % 2 === 1
      ? `[char]0x${part.charCodeAt(0).toString(16)}`
      : `'${part.replaceAll("'", "''")}'`
  ).filter((it, at) => at === 0 || it !== "''").join(" + ");
}
