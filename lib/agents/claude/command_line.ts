/**
 * Splits the arguments of `claude` as its own parser does, so that a value is
 * not mistaken for the prompt: `--allowedTools Bash hello` allows two tools and
 * has no prompt.
 *
 * @module
 */

/** The arguments, split. */
export interface CommandLine {
  /** The options, in order. */
  options: Option[];
  /** The other words, in order. The first one is the prompt or a subcommand. */
  words: string[];
}

/** An option among the arguments. */
interface Option {
  /** Its long name, such as `--print`. */
  name: string;
  /** Its values; none for a switch. */
  values: string[];
  /** The arguments that set it, such as `["--model", "opus"]`. */
  args: string[];
}

/** How many values an option takes: one, perhaps one, or as many as follow. */
type Arity = "one" | "optional" | "many";

/** The options with values, also those that the help does not list (2.1.332). */
const ARITIES: Readonly<Record<string, Arity>> = {
  ...all("many", [
    "--add-dir",
    "--allowed-tools",
    "--betas",
    "--channels",
    "--disallowed-tools",
    "--file",
    "--mcp-config",
    "--tools",
  ]),
  ...all("optional", [
    "--cloud",
    "--debug",
    "--from-pr",
    "--prompt-suggestions",
    "--remote",
    "--remote-control",
    "--resume",
    "--teleport",
    "--worktree",
  ]),
  ...all("one", [
    "--advisor",
    "--agent",
    "--agents",
    "--append-system-prompt",
    "--append-system-prompt-file",
    "--autocompact",
    "--debug-file",
    "--effort",
    "--environment",
    "--fallback-model",
    "--input-format",
    "--json-schema",
    "--managed-settings",
    "--max-budget-usd",
    "--max-thinking-tokens",
    "--max-turns",
    "--model",
    "--name",
    "--output-format",
    "--permission-mode",
    "--permission-prompt-tool",
    "--permission-prompts",
    "--plugin-dir",
    "--plugin-url",
    "--remote-control-session-name-prefix",
    "--resume-session-at",
    "--rewind-files",
    "--sdk-url",
    "--session-id",
    "--setting-sources",
    "--settings",
    "--system-prompt",
    "--system-prompt-file",
    "--system-prompt-snapshot",
    "--task-budget",
    "--teammate-mode",
    "--thinking",
  ]),
};

/** Other spellings. */
const ALIASES: Readonly<Record<string, string>> = {
  "--allowedTools": "--allowed-tools",
  "--bg": "--background",
  "--disallowedTools": "--disallowed-tools",
  "--rc": "--remote-control",
  "-c": "--continue",
  "-d": "--debug",
  "-h": "--help",
  "-n": "--name",
  "-p": "--print",
  "-r": "--resume",
  "-v": "--version",
  "-w": "--worktree",
};

function all(arity: Arity, names: readonly string[]): Record<string, Arity> {
  return Object.fromEntries(names.map((it) => [it, arity]));
}

/** Splits `args`. An unknown option counts as a switch. */
export function splitArgs(args: readonly string[]): CommandLine {
  const options: Option[] = [];
  const words: string[] = [];
  const rest = [...args];
  for (let it = rest.shift(); it !== undefined; it = rest.shift()) {
    if (it === "--") {
      words.push(...rest);
      break;
    }
    if (!isOption(it)) {
      words.push(it);
      continue;
    }
    const [, flag = "", value] = /^(--[^=]+)=(.*)$/s.exec(it) ?? ["", it];
    const name = ALIASES[flag] ?? flag;
    const arity = ARITIES[name];
    if (value !== undefined) {
      options.push({ name, values: [value], args: [it] });
    } else if (/^-[^-]./s.test(it)) {
      const { option, others } = splitCluster(it);
      options.push(option);
      if (others !== undefined) rest.unshift(others);
    } else {
      const values = takeValues(arity, rest);
      options.push({ name, values, args: [it, ...values] });
    }
  }
  return { options, words };
}

function isOption(arg: string | undefined): boolean {
  return arg !== undefined && arg.startsWith("-") && arg.length > 1;
}

/** Removes the values of an option from the arguments after it. */
function takeValues(arity: Arity | undefined, rest: string[]): string[] {
  const next = rest.findIndex(isOption);
  const free = next < 0 ? rest.length : next;
  switch (arity) {
    case "one":
      return rest.splice(0, 1);
    case "optional":
      return rest.splice(0, Math.min(free, 1));
    case "many":
      // The first value may begin with a dash.
      return rest.splice(0, Math.max(free, 1));
    default:
      return [];
  }
}

/** Splits `-pc` into `-p` and `-c`, and `-rID` into `-r` and `ID`. */
function splitCluster(arg: string): { option: Option; others?: string } {
  const flag = arg.slice(0, 2);
  const name = ALIASES[flag] ?? flag;
  const value = arg.slice(2);
  return ARITIES[name]
    ? { option: { name, values: [value], args: [flag, value] } }
    : { option: { name, values: [], args: [flag] }, others: `-${value}` };
}
