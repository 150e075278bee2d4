import { isAtLeast } from "../version.ts";
import type { Intent, KindAsked, Prompt } from "../agent.ts";
import { type CommandLine, splitArgs } from "./command_line.ts";

/** Reads what the arguments ask `claude` for. */
export function read(args: readonly string[]): Intent {
  const line = splitArgs(args);
  return {
    kind: kindOf(line),
    model: valueOf(line, "--model"),
    session: sessionOf(line),
    prompt: promptOf(line),
    opensSession: opensSession(line),
    mayChange: mayChange(line),
    asksNothing: has(line, ENDING_OPTIONS) || isSubcommand(line),
    isSubcommand: isSubcommand(line),
    converses: has(line, ["--sdk-url"]) ||
      valueOf(line, "--input-format") === "stream-json",
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
  const line = splitArgs(args);
  const takesId = isAtLeast(version, OLDEST_TRIED) && !isSubcommand(line) &&
    !has(line, SESSION_OPTIONS) && !has(line, ["--no-session-persistence"]);
  return takesId ? [`--session-id=${id}`] : undefined;
}

/** Returns the value of the last option of this name. */
function valueOf(
  { options }: CommandLine,
  name: string,
): string | undefined {
  return options.findLast((it) => it.name === name)?.values[0];
}

function has({ options }: CommandLine, names: readonly string[]): boolean {
  return options.some((it) => names.includes(it.name));
}

/** The oldest version whose `--session-id` was tried. */
const OLDEST_TRIED = "1.0.128";

/** Options that choose a session. */
export const SESSION_OPTIONS: readonly string[] = [
  "--continue",
  "--fork-session",
  "--from-pr",
  "--resume",
  "--resume-session-at",
  "--session-id",
  "--teleport",
];

/** Options that make the agent only print information. */
const ENDING_OPTIONS: readonly string[] = ["--help", "--version"];

/** Options that ask in the terminal's place, or elsewhere. */
const REMOTE_OPTIONS: readonly string[] = ["--background", "--init-only"];

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
  return SUBCOMMAND.test(line.words[0] ?? "") && !has(line, ["--print"]);
}

/** `--bare` reads no login. */
function kindOf(line: CommandLine): KindAsked {
  return has(line, ["--bare"]) ? "api-key" : undefined;
}

function sessionOf(line: CommandLine): Intent["session"] {
  const id = valueOf(line, "--resume") ?? valueOf(line, "--session-id");
  if (id !== undefined) return { id };
  return has(line, ["--continue"]) ? "newest" : undefined;
}

function opensSession(line: CommandLine): boolean {
  return !isSubcommand(line) &&
    !has(line, ["--print", ...ENDING_OPTIONS, ...REMOTE_OPTIONS]);
}

/**
 * Returns the prompt of a run that only prints; a session reads its terminal.
 * Further words are ignored (2.1.332).
 */
function promptOf(line: CommandLine): Prompt | undefined {
  const [text] = line.words;
  if (text === undefined || !has(line, ["--print"])) return undefined;
  return { text, others: line.options.flatMap((it) => it.args) };
}

/** Modes in which a run without a terminal cannot change anything. */
const CAREFUL_MODES = new Set(["default", "dontAsk", "manual", "plan"]);

/** Options with which it may. */
const ALLOWING_OPTIONS: readonly string[] = [
  "--allowed-tools",
  "--dangerously-skip-permissions",
  "--permission-prompt-tool",
];

/** By default a run without a terminal may only read. */
function mayChange(line: CommandLine): boolean {
  const mode = valueOf(line, "--permission-mode");
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    has(line, ALLOWING_OPTIONS);
}
