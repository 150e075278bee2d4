import { chosenAgent } from "../../agents/registry.ts";
import { accountsFolder } from "./agent_words.ts";
import type { Command, Flags } from "./command.ts";
import { firstCommands, flagWord } from "./help.ts";
import { GLOBAL_FLAGS } from "./parse.ts";
import { SETTING_NAMES } from "../../settings.ts";
import { settingKey, settingVariable } from "../../setting_lookup.ts";
import { VERSION } from "../version.ts";
import { wrap } from "../screen/wrap.ts";
import { agentInvocation, program } from "../../program.ts";

const AGENT = chosenAgent();

/** Rows of a list: what is described, and what it means. */
type Rows = readonly (readonly [string, string])[];

/** The exit codes, as in the README. */
const EXIT_STATUS: Rows = [
  ["0", "Done."],
  ["1", `Failed; exec otherwise returns the code of ${AGENT.program}.`],
  ["2", "Invalid command line, or no such account."],
  ["3", "guard: it is unknown what is left."],
  ["4", "A login is needed."],
  [
    "75",
    "No account is ready now, or has enough left (guard), or another process " +
    "holds the lock.",
  ],
  ["124", "Timed out."],
  ["127", `${AGENT.program} is not found.`],
  ["128+n", "Ended by signal n."],
];

const ONE_RUN = AGENT.keys.forOneRun;

const ENVIRONMENT: Rows = [
  ["ACCOUNT_QWEN_DIR", "The accounts folder, as with --dir."],
  [ONE_RUN.secrets[0], "A key for one run of exec, which stores nothing."],
  ...ONE_RUN.secrets.slice(1).map((it) =>
    [it, "An access token for one run of exec."] as const
  ),
  [
    `${ONE_RUN.baseUrl}, ${ONE_RUN.model}`,
    "The service and the model for such a key.",
  ],
  ["ACCOUNT_QWEN_OAUTH_URL", "The service for logins, if not the usual one."],
  ["VISUAL, EDITOR", "The editor of config edit."],
  ["TZ", "The time zone of the times shown."],
  ["COLUMNS", "The width of help texts, instead of the terminal width."],
  ["NO_COLOR", "Disables colors."],
];

const HOME = `~/${AGENT.homes.name}`;

/** The folder with what we know about the accounts. */
const FOLDER = `~/${accountsFolder()}`;

const LINK = `${HOME}/${AGENT.login?.file}`;

const FILES: Rows = [
  [
    `${HOME}/accounts/`,
    `The ${AGENT.login ? "logins and " : ""}keys, one file each.`,
  ],
  ...(AGENT.login
    ? [[LINK, "A link to the login of the active account."] as const]
    : []),
  [`${FOLDER}/account-qwen.yaml`, "Settings; config shows and changes them."],
  [`${FOLDER}/state.yaml`, "The active account, cooldowns and counts."],
  [
    `${FOLDER}/rotation.log`,
    "The history, one JSON object per line; log shows it.",
  ],
];

/** With escaped characters, the lines stay within 80 columns. */
const SOURCE_WIDTH = 64;

/** Returns the manual page in roff, with the macros of man(7). */
export function formatManPage(commands: readonly Command[]): string {
  return [
    `.TH ${escape(program().toUpperCase())} 1 "" "${
      escape(`${program()} ${VERSION}`)
    }" "User Commands"`,
    ".ad l",
    ".nh",
    ".SH NAME",
    `${escape(program())} \\- run ${AGENT.product.title} with several accounts`,
    ".SH SYNOPSIS",
    bold(program()),
    ".I command",
    ".RI [ flags ]",
    ".RI [ words ]",
    ".SH DESCRIPTION",
    text(`Keeps several accounts of ${AGENT.product.title} side by side, runs`),
    `.B ${escape(AGENT.program)}`,
    "with an account that is ready, and continues with the next one when one is",
    "out of quota.",
    ".SH COMMANDS",
    ...commands.flatMap(commandSection),
    ".SH FLAGS OF EVERY COMMAND",
    ...flagList(GLOBAL_FLAGS),
    ".SH SETTINGS",
    "Each of these flags of exec can also be an environment variable or a key in",
    `.IR ${escape(`${HOME}/account-qwen.yaml`)} :`,
    ...SETTING_NAMES.flatMap((name) =>
      tagged(
        `\\fB\\-\\-${escape(name)}\\fR`,
        `${settingVariable(name)}, ${settingKey(name)}`,
      )
    ),
    ".SH EXAMPLES",
    ...starters(commands),
    ".SH FILES",
    ...FILES.flatMap(([path, says]) => tagged(`\\fI${escape(path)}\\fR`, says)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, says]) => tagged(bold(name), says)),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, says]) => tagged(bold(code), says)),
    ".SH SEE ALSO",
    `.BR ${escape(AGENT.program)} (1)`,
    ".PP",
    text(`${agentInvocation()} help command`),
    "prints the help of one command,",
    text(`${agentInvocation()} doctor`),
    "finds problems and shows how to fix them.",
    "",
  ].join("\n");
}

function commandSection(command: Command): string[] {
  const { name, aliases = [], summary, usage, flags } = command;
  const { notes = [], examples } = command;
  const words = usage === undefined ? "" : ` ${escape(usage)}`;
  return [
    `.SS "${escape(`${program()} ${name}`)}${words.replaceAll('"', "\\(dq")}"`,
    ...paragraph(`${summary}.`),
    ...(aliases.length > 0
      ? [".PP", `Also: ${aliases.map(bold).join(", ")}`]
      : []),
    ...flagList(flags),
    // The columns of a row must stay aligned.
    ...notes.filter((it) => it !== "").flatMap((it) =>
      it.startsWith("  ") ? verbatim([it]) : [".PP", ...paragraph(it)]
    ),
    ...(examples.length > 0 ? verbatim(examples) : []),
  ];
}

function flagList(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, it]) => {
    const { letter, value, summary } = it;
    const short = letter ? `${bold(`-${letter}`)}, ` : "";
    const placeholder = value === undefined ? "" : ` \\fI${escape(value)}\\fR`;
    return tagged(short + bold(flagWord(name, it)) + placeholder, summary);
  });
}

function tagged(tag: string, says: string): string[] {
  return [".TP", tag, ...paragraph(says)];
}

/** Returns the first steps: what each does, and its command line. */
function starters(commands: readonly Command[]): string[] {
  return firstCommands(commands).flatMap(({ summary, examples }, at) => [
    ...(at === 0 ? [] : [".PP"]),
    text(`${summary}:`),
    ...verbatim(examples.slice(0, 1).map((it) => `    ${it}`)),
  ]);
}

/** Returns lines that roff does not fill. */
function verbatim(lines: readonly string[]): string[] {
  return [".PP", ".nf", ...lines.map((it) => text(it)), ".fi"];
}

function bold(word: string): string {
  return `\\fB${escape(word)}\\fR`;
}

/** Returns source lines that are short enough for checkers of manual pages. */
function paragraph(words: string): string[] {
  return wrap(words, SOURCE_WIDTH).map(text);
}

/** Escapes a line, which must not start like a roff request. */
function text(line: string): string {
  const escaped = escape(line);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** Escapes characters that roff interprets or replaces by typographic ones. */
function escape(line: string): string {
  return line.replace(/[\\\-'`^~"]/g, (it) => ESCAPES[it] ?? it);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};
