import { isAtLeast } from "../version.ts";
import type { Intent, Prompt } from "../agent.ts";
import { isSessionId, type ResumeOptions } from "../session_format.ts";
import {
  type Arity,
  type CommandLine,
  type Grammar,
  hasOption,
  lastValue,
  splitArgs,
  wordsOf,
} from "../command_line.ts";

/** The options with values, also those that the help does not list (2.1.332). */
const ARITIES: Readonly<Record<string, Arity>> = {
  ...all(
    "many",
    `--add-dir --allowed-tools --betas --channels --disallowed-tools --file
    --mcp-config --tools`,
  ),
  ...all(
    "optional",
    `--cloud --debug --from-pr --prompt-suggestions --remote --remote-control
    --resume --teleport --worktree`,
  ),
  ...all(
    "one",
    `--advisor --agent --agents --append-system-prompt
    --append-system-prompt-file --autocompact --debug-file --effort
    --environment --fallback-model --input-format --json-schema
    --managed-settings --max-budget-usd --max-thinking-tokens --max-turns
    --model --name --output-format --permission-mode --permission-prompt-tool
    --permission-prompts --plugin-dir --plugin-url
    --remote-control-session-name-prefix --resume-session-at --rewind-files
    --sdk-url --session-id --setting-sources --settings --system-prompt
    --system-prompt-file --system-prompt-snapshot --task-budget
    --teammate-mode --thinking`,
  ),
};

function all(arity: Arity, names: string): Record<string, Arity> {
  return Object.fromEntries(wordsOf(names).map((it) => [it, arity]));
}

const GRAMMAR: Grammar = {
  aliases: {
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
  },
  arityOf: (name) => ARITIES[name],
  afterLetter: "options",
};

/** Splits the arguments of `claude`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  return splitArgs(args, GRAMMAR);
}

/** Reads what the arguments ask `claude` for. */
export function read(args: readonly string[]): Intent {
  const line = parseCommandLine(args);
  const ends = isSubcommand(line) || hasOption(line, "--help", "--version");
  return {
    // `--bare` reads no login.
    kind: hasOption(line, "--bare") ? "api-key" : undefined,
    model: lastValue(line, "--model"),
    session: sessionOf(line),
    prompt: promptOf(line),
    opensSession: !ends &&
      !hasOption(line, "--print", "--background", "--init-only"),
    mayChange: mayChange(line),
    asksNothing: ends,
    isSubcommand: isSubcommand(line),
    converses: hasOption(line, "--sdk-url") ||
      lastValue(line, "--input-format") === "stream-json",
    foreignKey: undefined,
  };
}

/**
 * Returns the arguments that pass a prompt. Up to 2.0.77, a prompt that is only
 * the name of a subcommand runs it.
 */
export function promptArgs(prompt: string): string[] {
  return ["--print", "--", prompt];
}

/**
 * Returns the arguments that give a new session an id; `undefined` if `args`
 * already choose a session, keep none, or begin with a subcommand.
 */
export function sessionArgs(
  id: string,
  args: readonly string[],
  version: string | undefined,
): string[] | undefined {
  const line = parseCommandLine(args);
  const takesId = isAtLeast(version, OLDEST_TRIED) && !isSubcommand(line) &&
    !hasOption(line, ...SESSION_OPTIONS, NO_LOG);
  return takesId ? [`--session-id=${id}`] : undefined;
}

/** The oldest version whose `--session-id` was tried. */
const OLDEST_TRIED = "1.0.128";

/** Options that choose a session. */
const SESSION_OPTIONS = wordsOf(`
  --continue --fork-session --from-pr --resume --resume-session-at --session-id
  --teleport
`);

/** The option that disables the log of a session. */
const NO_LOG = "--no-session-persistence";

/** First words that are subcommands, 1.0.128 to 2.1.332. */
const SUBCOMMAND = new RegExp(
  `^(?:${
    [
      "agents|attach|auth|auto-mode|bridge|config|daemon|design-login|doctor",
      "edit-[a-z-]+|gateway|import|import-conversations|install|kill|logs|mcp",
      "migrate-installer|plugins?|project|purge|rc|remote|remote-control",
      "respawn|rm|sandbox|self-hosted-runner|setup-token|stop|sync",
      "ultrareview|update|upgrade|workspace-trust|worktree-hook",
    ].join("|")
  })$`,
);

/** With `--print`, the word is a prompt (2.1.332). */
function isSubcommand(line: CommandLine): boolean {
  return SUBCOMMAND.test(line.words[0]?.text ?? "") &&
    !hasOption(line, "--print");
}

function sessionOf(line: CommandLine): Intent["session"] {
  const id = lastValue(line, "--resume") ?? lastValue(line, "--session-id");
  if (id !== undefined) return { id };
  return hasOption(line, "--continue") ? "newest" : undefined;
}

/**
 * Returns the prompt of a run that only prints; a session reads its terminal.
 * Further words are ignored (2.1.332).
 */
function promptOf(line: CommandLine): Prompt | undefined {
  const [prompt] = line.words;
  if (!prompt || !hasOption(line, "--print")) return undefined;
  return { text: prompt.text, others: line.options.flatMap((it) => it.args) };
}

/** Modes in which a run without a terminal cannot change anything. */
const CAREFUL_MODES = new Set(["default", "dontAsk", "manual", "plan"]);

/** By default a run without a terminal may only read. */
function mayChange(line: CommandLine): boolean {
  const mode = lastValue(line, "--permission-mode");
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    hasOption(
      line,
      "--allowed-tools",
      "--dangerously-skip-permissions",
      "--permission-prompt-tool",
    );
}

/**
 * The last version in which a resumed session gets another id, so that nobody
 * knows its log.
 */
const LAST_WITH_NEW_ID = "2.0.77";

/**
 * Returns the arguments that continue the session of a run with `args`, or of an
 * interactive session, with all its other options; `undefined` if that is
 * impossible.
 */
export function resumeArgs(
  args: readonly string[],
  { id, text, version }: ResumeOptions,
): string[] | undefined {
  const line = parseCommandLine(args);
  const isLost = read(args).asksNothing || !isSessionId(id) ||
    hasOption(line, NO_LOG);
  if (isLost || version === undefined) return undefined;
  if (isAtLeast(LAST_WITH_NEW_ID, version)) return undefined;
  const others = line.options.filter(({ name }) =>
    name !== "--print" && !SESSION_OPTIONS.includes(name)
  );
  return [
    "--resume",
    id,
    ...others.flatMap((it) => it.args),
    ...(text === undefined ? [] : promptArgs(text)),
  ];
}
