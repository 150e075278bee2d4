import { wordsOf } from "../command_line.ts";
import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { isAtLeast } from "../version.ts";
import type {
  Intent,
  KindAsked,
  LoginKind,
  Prompt,
  RunArgs,
} from "../agent.ts";

/** Options that take a value; the next word is not a prompt. */
const VALUE_OPTIONS = new Set(wordsOf(`
  --allowed-mcp-server-names --allowed-tools --approval-mode --auth-type
  --channel --core-tools --exclude-tools --extensions --include-directories
  --input-format --max-session-turns --model --openai-api-key
  --openai-base-url --output-format --proxy --resume --sandbox-image
  --session-id --telemetry-target -e -m -o -r
`));

/** Options that choose a session. */
const CHOOSING_OPTIONS = /^(?:-r|-c|--resume|--continue|--session-id)(?:=|$)/;

/** The option that disables the log of a session. */
const LOG_OPTION = /^--chat-recording(?:=|$)/;

/** Reads what the arguments ask `qwen` for. */
export function read(args: readonly string[]): Intent {
  return {
    kind: kindOf(args),
    model: valueOf(args, ["--model", "-m"]),
    session: sessionOf(args),
    prompt: promptOf(args),
    opensSession: opensSession(args),
    mayChange: mayChange(args),
    asksNothing: asksNothing(args),
    isSubcommand: isSubcommand(args),
    converses: converses(args),
    foreignKey: KEY_OPTIONS.find((it) => valueOf(args, [it]) !== undefined),
  };
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
  const hasOwn = args.some((it) =>
    CHOOSING_OPTIONS.test(it) || LOG_OPTION.test(it)
  );
  // 0.10.1 lacks the option, and subcommands do not accept it.
  const takesId = isAtLeast(version, FIRST_WITH_ID) &&
    args[0]?.startsWith("-");
  return takesId && !hasOwn ? [`--session-id=${id}`] : undefined;
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
  const others = withoutSession(args);
  const isLost = asksNothing(args) || others === undefined ||
    !isSessionId(id) || !isAtLeast(version, FIRST_WITH_ID);
  if (isLost) return undefined;
  const prompt = text === undefined ? [] : promptArgs(text);
  return ["--resume", id, ...others, ...prompt];
}

/**
 * Returns the arguments without the prompt and without those that choose a
 * session; `undefined` if they disable its log, or if the prompt is not one
 * argument.
 */
function withoutSession(args: readonly string[]): string[] | undefined {
  if (args.some((it) => LOG_OPTION.test(it))) return undefined;
  const others = promptOf(args)?.others ?? args;
  const rest = others.filter((it, at) =>
    !CHOOSING_OPTIONS.test(it) && !isSessionAt(others, at)
  );
  const hasPrompt = firstWord(rest) !== undefined ||
    rest.some((it) => PROMPT_OPTIONS.test(it.replace(/=.*/s, "")));
  return hasPrompt ? undefined : rest;
}

/** Whether an argument is the value of an option that chooses a session. */
function isSessionAt(args: readonly string[], at: number): boolean {
  const [before = "", it = ""] = [args[at - 1], args[at]];
  return CHOOSING_OPTIONS.test(before) && VALUE_OPTIONS.has(before) &&
    !it.startsWith("-");
}

function sessionOf(args: readonly string[]): Intent["session"] {
  const id = valueOf(args, ["--resume", "-r", "--session-id"]);
  if (id !== undefined) return { id };
  return args.some((it) => /^(?:-c|--continue)(?:=true)?$/.test(it))
    ? "newest"
    : undefined;
}

/** Returns the value of the first argument that is one of `names`. */
export function valueOf(
  args: readonly string[],
  names: readonly string[],
): string | undefined {
  for (const [at, it] of args.entries()) {
    const [name = "", value] = it.split(/=(.*)/s);
    if (names.includes(name)) return value ?? args[at + 1];
  }
  return undefined;
}

/** Approval modes in which a headless run cannot change anything. */
const CAREFUL_MODES = new Set(["plan", "default"]);

/** By default a headless run has no tool that can change anything. */
function mayChange(args: readonly string[]): boolean {
  const mode = valueOf(args, ["--approval-mode"]);
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    args.some((it) => ALLOWING_OPTIONS.test(it));
}

const ALLOWING_OPTIONS =
  /^(?:(?:-y|--yolo)(?:=true)?|--allowed-tools(?:=.*)?)$/;

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

/** The agent accepts both spellings. */
const AUTH_TYPE = ["--auth-type", "--authType"];

/** Options that set another key, or redirect that of the account. */
const KEY_OPTIONS = [
  "--openai-api-key",
  "--openaiApiKey",
  "--openai-base-url",
  "--openaiBaseUrl",
];

function kindOf(args: readonly string[]): KindAsked {
  const type = isSubcommand(args) ? undefined : valueOf(args, AUTH_TYPE);
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
  const isNamed = valueOf(args, AUTH_TYPE) !== undefined;
  return !isKnown || isNamed || isSubcommand(args)
    ? args
    : [`--auth-type=${AUTH_TYPES[kind]}`, ...args];
}

/** Options that make a run end on its own. */
const ENDING_OPTIONS = /^(?:-p|--prompt|-h|--help|-v|--version)(?:=|$)/;

/** Options that make the agent only print information. */
const TELLING_OPTIONS = /^(?:-h|--help|-v|--version|-l|--list-extensions)$/;

/** Options whose value is a prompt. */
const PROMPT_OPTIONS = /^(?:-p|--prompt|-i|--prompt-interactive)$/;

/** Returns the first of `args` that is neither an option nor its value. */
function firstWord(args: readonly string[]): string | undefined {
  return args.find((_, at) => isWord(args, at));
}

function isWord(args: readonly string[], at: number): boolean {
  const [before = "", it = ""] = [args[at - 1], args[at]];
  return !it.startsWith("-") && !VALUE_OPTIONS.has(before) &&
    !PROMPT_OPTIONS.test(before);
}

function asksNothing(args: readonly string[]): boolean {
  return args.some((it) => TELLING_OPTIONS.test(it)) ||
    SUBCOMMAND.test(firstWord(args) ?? "");
}

/** An editor (ACP) or the SDK; the options are the same up to 0.24.4. */
function converses(args: readonly string[]): boolean {
  return args.some((it) => /^--(?:experimental-)?acp(?:=true)?$/.test(it)) ||
    valueOf(args, ["--input-format"]) === "stream-json";
}

/** For lack of a prompt, a subcommand or an option that ends the run. */
function opensSession(args: readonly string[]): boolean {
  if (args.some((it) => /^(?:-i|--prompt-interactive)(?:=|$)/.test(it))) {
    return true;
  }
  return !args.some((it) => ENDING_OPTIONS.test(it)) &&
    firstWord(args) === undefined;
}

/**
 * Returns the prompt of a run. That of a session is read only from its
 * arguments.
 */
function promptOf(args: readonly string[]): Prompt | undefined {
  for (const [at, it] of args.entries()) {
    const option = /^(?:-p|--prompt)=(.*)$/s.exec(it);
    if (option) return { text: option[1] ?? "", others: args.toSpliced(at, 1) };
    const value = args[at + 1];
    if (value !== undefined && /^(?:-p|--prompt)$/.test(it)) {
      return { text: value, others: args.toSpliced(at, 2) };
    }
  }
  if (args.some((it) => PROMPT_OPTIONS.test(it.replace(/=.*/s, "")))) {
    return undefined;
  }
  const words = [...args.keys()].filter((at) => isWord(args, at));
  const [at] = words;
  const text = at === undefined ? undefined : args[at];
  if (at === undefined || text === undefined || words.length > 1) {
    return undefined;
  }
  return SUBCOMMAND.test(text)
    ? undefined
    : { text, others: args.toSpliced(at, 1) };
}
