import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { isAtLeast } from "../version.ts";
import type {
  Intent,
  KindAsked,
  LoginKind,
  Prompt,
  RunArgs,
} from "../agent.ts";
import {
  type CommandLine,
  type Grammar,
  hasOption,
  splitArgs,
  wordsOf,
} from "../command_line.ts";

/** Options that take a value; the next word is not a prompt. */
const VALUE_OPTIONS = new Set(wordsOf(`
  --allowed-mcp-server-names --allowed-tools --approval-mode --auth-type
  --channel --core-tools --exclude-tools --extensions --include-directories
  --input-format --max-session-turns --model --openai-api-key
  --openai-base-url --output-format --prompt --prompt-interactive --proxy
  --resume --sandbox-image --session-id --telemetry-target
`));

/**
 * The grammar of qwen's command line (yargs). A word that begins with a dash is
 * never the value of the option before it.
 */
const GRAMMAR: Grammar = {
  aliases: {
    "--authType": "--auth-type",
    "--openaiApiKey": "--openai-api-key",
    "--openaiBaseUrl": "--openai-base-url",
    "-c": "--continue",
    "-e": "--extensions",
    "-h": "--help",
    "-i": "--prompt-interactive",
    "-l": "--list-extensions",
    "-m": "--model",
    "-o": "--output-format",
    "-p": "--prompt",
    "-r": "--resume",
    "-v": "--version",
    "-y": "--yolo",
  },
  arityOf: (name) => VALUE_OPTIONS.has(name) ? "optional" : undefined,
  afterLetter: "letters", // 0.12.0, 0.24.4
};

/** Splits the arguments of `qwen`. */
function parseCommandLine(args: readonly string[]): CommandLine {
  return splitArgs(args, GRAMMAR);
}

/** Options that choose a session. */
const SESSION_OPTIONS = ["--continue", "--resume", "--session-id"];

/** The option that disables the log of a session. */
const LOG_OPTION = "--chat-recording";

/** Options that set another key, or redirect that of the account. */
const KEY_OPTIONS = ["--openai-api-key", "--openai-base-url"];

/** Reads what the arguments ask `qwen` for. */
export function read(args: readonly string[]): Intent {
  const line = parseCommandLine(args);
  const key = line.options.find((it) => KEY_OPTIONS.includes(it.name));
  return {
    kind: isSubcommand(args) ? undefined : kindOf(line),
    model: valueOf(line, "--model"),
    session: sessionOf(line),
    prompt: promptOf(line),
    opensSession: opensSession(line),
    mayChange: mayChange(line),
    asksNothing: asksNothing(line),
    isSubcommand: isSubcommand(args),
    // An editor (ACP) or the SDK; the options are the same up to 0.24.4.
    converses: isOn(line, "--acp", "--experimental-acp") ||
      valueOf(line, "--input-format") === "stream-json",
    foreignKey: key?.args[0]?.replace(/=.*/s, ""),
  };
}

/** Returns the proxy that the arguments name, if they do. */
export function proxyIn(args: readonly string[]): string | undefined {
  return valueOf(parseCommandLine(args), "--proxy");
}

/** Returns the arguments that pass a prompt. */
export function promptArgs(prompt: string): string[] {
  // `-p text` and `-- text` fail if the text begins with a dash.
  return [`--prompt=${prompt}`];
}

/**
 * Returns the arguments that give a new session an id; `undefined` if this
 * version has none, or `args` already choose a session.
 */
export function sessionArgs(
  id: string,
  args: readonly string[],
  version: string | undefined,
): string[] | undefined {
  const line = parseCommandLine(args);
  // 0.10.1 lacks the option, and subcommands do not accept it.
  const takesId = isAtLeast(version, FIRST_WITH_ID) &&
    args[0]?.startsWith("-") &&
    !hasOption(line, ...SESSION_OPTIONS, LOG_OPTION);
  return takesId ? [`--session-id=${id}`] : undefined;
}

/** The oldest version whose sessions have an id that is known beforehand. */
const FIRST_WITH_ID = "0.12.0";

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
  const hasPrompt = promptsIn(line).length > 0;
  const isLost = asksNothing(line) || hasPrompt && !promptOf(line) ||
    hasOption(line, LOG_OPTION) ||
    !isSessionId(id) || !isAtLeast(version, FIRST_WITH_ID);
  if (isLost) return undefined;
  const others = line.options.filter(({ name }) =>
    name !== "--prompt" && !SESSION_OPTIONS.includes(name)
  ).flatMap((it) => it.args);
  const prompt = text === undefined ? [] : promptArgs(text);
  return ["--resume", id, ...others, ...prompt];
}

function sessionOf(line: CommandLine): Intent["session"] {
  const id = valueOf(line, "--resume") ?? valueOf(line, "--session-id");
  if (id !== undefined) return { id };
  return isOn(line, "--continue") ? "newest" : undefined;
}

/** Returns the value of the first option called `name`. */
function valueOf({ options }: CommandLine, name: string): string | undefined {
  return options.find((it) => it.name === name)?.values[0];
}

/** Whether one of the switches `names` is on. */
function isOn({ options }: CommandLine, ...names: string[]): boolean {
  return options.some(({ name, values: [value = "true"] }) =>
    names.includes(name) && value === "true"
  );
}

/** Approval modes in which a headless run cannot change anything. */
const CAREFUL_MODES = new Set(["plan", "default"]);

/** By default a headless run has no tool that can change anything. */
function mayChange(line: CommandLine): boolean {
  const mode = valueOf(line, "--approval-mode");
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    isOn(line, "--yolo") || hasOption(line, "--allowed-tools");
}

/** First words that are subcommands, up to 0.24.4. */
const SUBCOMMAND =
  /^(?:auth|board|channel|extensions?|hooks?|mcp|review|sandbox|serve|sessions|update)$/;

function isSubcommand([first = ""]: readonly string[]): boolean {
  return SUBCOMMAND.test(first);
}

const AUTH_TYPES: Record<LoginKind, string> = {
  "oauth": "qwen-oauth",
  "api-key": "openai",
};

function kindOf(line: CommandLine): KindAsked {
  const type = valueOf(line, "--auth-type");
  if (type === undefined) return undefined;
  if (type === AUTH_TYPES["api-key"]) return "api-key";
  return type === AUTH_TYPES.oauth ? "oauth" : "other";
}

/**
 * Adds the option that selects the kind; it overrides the settings. Subcommands
 * do not accept it, nor does 0.1.4, the last version before 0.5.0. An unknown
 * version, as of a wrapper script, counts as newer.
 */
export function runArgs(
  args: readonly string[],
  { kind, version }: RunArgs,
): readonly string[] {
  const isKnown = version === undefined || isAtLeast(version, "0.5.0");
  const isNamed = kindOf(parseCommandLine(args)) !== undefined;
  return !isKnown || isNamed || isSubcommand(args)
    ? args
    : [`--auth-type=${AUTH_TYPES[kind]}`, ...args];
}

function asksNothing(line: CommandLine): boolean {
  return hasOption(line, "--help", "--list-extensions", "--version") ||
    SUBCOMMAND.test(line.words[0]?.text ?? "");
}

/** For lack of a prompt, a subcommand or an option that ends the run. */
function opensSession(line: CommandLine): boolean {
  return hasOption(line, "--prompt-interactive") ||
    !hasOption(line, "--prompt", "--help", "--version") &&
      line.words.length === 0;
}

/**
 * Returns the prompt of a run. That of a session is read only from its
 * arguments.
 */
function promptOf(line: CommandLine): Prompt | undefined {
  const [text, ...more] = promptsIn(line);
  const isOfSession = hasOption(line, "--prompt-interactive");
  if (text === undefined || more.length > 0 || isOfSession) return undefined;
  if (line.words.length > 0 && SUBCOMMAND.test(text)) return undefined;
  const others = line.options.filter((it) => it.name !== "--prompt");
  return { text, others: others.flatMap((it) => it.args) };
}

/** Returns each prompt; `undefined` for an option without one. */
function promptsIn({ options, words }: CommandLine): (string | undefined)[] {
  return [
    ...options.filter((it) => /^--prompt(?:-interactive)?$/.test(it.name))
      .map((it) => it.values[0]),
    ...words.map((it) => it.text),
  ];
}
