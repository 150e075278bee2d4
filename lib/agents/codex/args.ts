import type { Intent, LoginKind, Prompt, RunArgs } from "../agent.ts";
import { isAtLeast } from "../version.ts";
import { isSessionId, type ResumeOptions } from "../session_format.ts";
import { type CommandLine, hasOption, lastValue } from "../command_line.ts";
import { lastSetting, parseCommandLine } from "./command_line.ts";

/** Reads what the arguments ask `codex` for. */
export function read(args: readonly string[]): Intent {
  const line = parseCommandLine(args);
  return {
    kind: undefined, // no option selects it
    model: lastValue(line, "--model") ?? lastSetting(line, "model"),
    session: sessionOf(line),
    prompt: promptOf(args, line),
    awaitsInput: inputOf(args) === "addition",
    opensSession: opensSession(line),
    mayChange: mayChange(line),
    asksNothing: asksNothing(line),
    isSubcommand: isSubcommand(line),
    converses: converses(line),
    foreignKey: foreignKey(line),
  };
}

/** Returns the arguments that pass a prompt. */
export function promptArgs(prompt: string): string[] {
  // Without `--`, the prompt "resume" is a command.
  return ["exec", "--", prompt];
}

/** Commands that open a session on a terminal, besides none. */
const SESSIONS = new Set(["agents", "fork", "resume"]);

/** Commands that ask a model and then end. */
const RUNS = new Set(["exec", "review"]);

/** Commands that answer a program, such as an editor, line by line. */
const SERVERS = new Set(["app-server", "mcp-server", "proto"]);

function tells(line: CommandLine): boolean {
  return line.commands.includes("help") ||
    hasOption(line, "--help", "--version");
}

function opensSession(line: CommandLine): boolean {
  const [command] = line.commands;
  return !tells(line) && (command === undefined || SESSIONS.has(command));
}

/** `app-server daemon stop` and the like are other commands. */
function converses(line: CommandLine): boolean {
  const [command = ""] = line.commands;
  return !tells(line) && SERVERS.has(command) && line.words.length === 0;
}

function isSubcommand({ commands: [command] }: CommandLine): boolean {
  return command !== undefined && !SESSIONS.has(command) && !RUNS.has(command);
}

function asksNothing(line: CommandLine): boolean {
  return tells(line) || isSubcommand(line) && !converses(line);
}

/** Options that let commands write, whatever the sandbox. */
const ALLOWING_OPTIONS = [
  "--approve-for-me",
  "--dangerously-bypass-approvals-and-sandbox",
  "--full-auto", // 0.100.0
  "--profile", // unknown settings
  "--yolo",
];

/** By default, a run is read-only, and a session asks the user. */
function mayChange(line: CommandLine): boolean {
  if (asksNothing(line)) return false;
  const sandbox = lastValue(line, "--sandbox") ??
    lastSetting(line, "sandbox_mode") ?? "read-only";
  return opensSession(line) || converses(line) || sandbox !== "read-only" ||
    lastSetting(line, "default_permissions") !== undefined ||
    hasOption(line, ...ALLOWING_OPTIONS);
}

/** Options that use another service than that of the account. */
const FOREIGN_OPTIONS = new Set([
  "--local-provider",
  "--oss",
  "--remote",
  "--remote-auth-token-env",
]);

/**
 * Settings that use another service, or another place for the login, or delete
 * the login if it is not the right one.
 */
const FOREIGN_SETTINGS =
  /^(?:model_providers?(?:\..*)?|(?:openai|chatgpt)_base_url|oss_provider|cli_auth_credentials_store|forced_(?:login_method|chatgpt_workspace_id)|preferred_auth_method)$/;

function foreignKey({ options }: CommandLine): string | undefined {
  for (const { name, values: [value = ""], args } of options) {
    if (FOREIGN_OPTIONS.has(name)) return name;
    const [key = ""] = value.split("=");
    const isForeign = name === "--config" && FOREIGN_SETTINGS.test(key.trim());
    if (isForeign && !OWN_SETTINGS.includes(args.at(-1) ?? "")) {
      return `-c ${key.trim()}`;
    }
  }
  return undefined;
}

function sessionOf(line: CommandLine): Intent["session"] {
  const { commands, words: [first] } = line;
  if (commands.at(-1) !== "resume") return undefined;
  if (hasOption(line, "--last")) return "newest";
  return first && { id: first.text };
}

/** Only `exec` reads a prompt from stdin that is not among its arguments. */
function promptOf(
  args: readonly string[],
  line: CommandLine,
): Prompt | undefined {
  const { commands: [command, sub], words } = line;
  if (command !== "exec" || sub === "review" || sub === "help") {
    return undefined;
  }
  const isNamed = sub !== undefined && !hasOption(line, "--last");
  const [prompt, ...others] = isNamed ? words.slice(1) : words;
  if (!prompt || others.length > 0 || prompt.text === "-") return undefined;
  const { at, text } = prompt;
  const isAlone = args[at - 1] === "--" && at === args.length - 1;
  const rest = isAlone ? args.toSpliced(at - 1, 2) : args.toSpliced(at, 1);
  return { text, others: rest };
}

/**
 * Returns what `codex` reads on stdin with these arguments: its prompt, or an
 * addition to it (0.171.0). It waits for the end of stdin before any request, so
 * a silent pipe would stop it.
 */
export function inputOf(
  args: readonly string[],
): "prompt" | "addition" | undefined {
  const line = parseCommandLine(args);
  const [command, sub] = line.commands;
  if (command !== "exec" || tells(line) || sub === "review") return undefined;
  if (!promptOf(args, line)) return "prompt";
  return sub === undefined ? "addition" : undefined;
}

/** The login is in a file, and belongs to the service of this provider. */
const OWN_SETTINGS: readonly string[] = [
  'cli_auth_credentials_store="file"',
  'model_provider="openai"',
];

/**
 * Settings that demand the login which the home has. If the user's settings, or
 * those of a trusted project, demand another method or workspace, codex deletes
 * the login of the home before its first request (0.100.0, 0.171.0). A key is in
 * a home of the run, where nothing is lost, so codex may refuse it.
 */
const DEMANDS: Readonly<Record<LoginKind, readonly string[]>> = {
  "oauth": ['forced_login_method="chatgpt"', 'forced_chatgpt_workspace_id=""'],
  "api-key": [],
};

/** The same for a key that plain codex has stored. */
const DEMANDS_OF_STORED_KEY: readonly string[] = [
  'forced_login_method="api"',
  'forced_chatgpt_workspace_id=""',
];

/**
 * Prevents the server in the background that would keep the account of a
 * session: also one that runs already (0.171.0), or else only a new one.
 */
function withoutServer(version: string | undefined): string[] {
  return isAtLeast(version, "0.171.0")
    ? ["--no-daemon"]
    : ["-c", "features.daemon_auto_start=false"];
}

/**
 * Adds the options that every run needs. Settings of files do not override them,
 * whereas later options do. `kind` must be that of the login in the home. The
 * base URL is an option because 0.171.0 does not read it from the environment.
 */
export function runArgs(
  args: readonly string[],
  { kind, isStored = false, version, baseUrl, model }: RunArgs,
): readonly string[] {
  const line = parseCommandLine(args);
  if (tells(line)) return args;
  const ofRun = [
    ...(kind === "api-key" && isStored ? DEMANDS_OF_STORED_KEY : DEMANDS[kind]),
    ...(baseUrl === undefined ? [] : [setting("openai_base_url", baseUrl)]),
    ...(model === undefined ? [] : [setting("model", model)]),
  ];
  // Any other command has the user's home, whose login must not go elsewhere.
  const settings = [...OWN_SETTINGS, ...(asksNothing(line) ? [] : ofRun)];
  const added = [
    ...settings.map((it) => ["-c", it]),
    ...(opensSession(line) ? [withoutServer(version)] : []),
  ];
  const isThere = (option: readonly string[]) =>
    line.options.some((it) => it.args.join() === option.join());
  return [...added.filter((it) => !isThere(it)).flat(), ...args];
}

/** A string of JSON is one of TOML, but for DEL, which no value has. */
function setting(key: string, value: string): string {
  return `${key}=${JSON.stringify(value)}`;
}

/** Options of the first prompt only, or that choose a session. */
const NOT_AGAIN = new Set(["--all", "--image", "--last"]);

/** Options after which the session cannot be found, or is in another folder. */
const LOST = ["--ephemeral", "--worktree"];

/**
 * Returns the arguments that continue the session of a run with `args`, or of
 * an interactive session; `undefined` if that is impossible. All options of the
 * first run stay where they are: `resume` itself takes no sandbox and no folder,
 * and without them it continues read-only in another folder (0.171.0). A value
 * that is not a UUID counts as a name, and an unknown name begins a new session.
 */
export function resumeArgs(
  args: readonly string[],
  { id, text }: ResumeOptions,
): string[] | undefined {
  const line = parseCommandLine(args);
  const { commands: [command, sub], options } = line;
  const isRun = command === "exec" && (sub === undefined || RESUMABLE.has(sub));
  const isSession = command === undefined || RESUMABLE.has(command);
  const isLost = hasOption(line, ...LOST) || !isSessionId(id);
  if (!isRun && !isSession || isLost) return undefined;
  const kept = options.filter((it) => !NOT_AGAIN.has(it.name));
  const at = (level: number) =>
    kept.filter((it) => it.level === level).flatMap((it) => it.args);
  const prompt = text === undefined ? [] : ["--", text];
  return isRun
    ? [...at(0), "exec", ...at(1), "resume", ...at(2), id, ...prompt]
    : [...at(0), "resume", ...at(1), id];
}

/** Commands that continue a session; the result is a session again. */
const RESUMABLE = new Set(["fork", "resume"]);
