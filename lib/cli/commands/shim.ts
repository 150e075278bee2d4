import { chosenAgent } from "../../agents/registry.ts";
import {
  findProgram,
  isOurProgram,
  programsOnPath,
} from "../../process/find_program.ts";
import { messageOf } from "../../system/message_of.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { dirname } from "../../disk/names.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { accountsFolder } from "../line/agent_words.ts";
import { EXIT } from "../exit.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import {
  absolutePath,
  aliasOf,
  missingFrom,
  readShim,
  removeShim,
  shimPath,
  shimText,
  writeAlias,
  writeShim,
} from "../shim/shim_file.ts";
import { pathLine } from "../shim/shell_env.ts";
import { formatTable } from "../screen/table.ts";
import { cannotRun, UsageError } from "../line/usage_error.ts";
import { agentInvocation, program } from "../../program.ts";

const AGENT = chosenAgent();

const ALIAS = aliasOf();

const FLAGS = {
  into: {
    type: "text",
    value: "DIR",
    offers: "folders",
    summary:
      "The folder of the shim (default: ~/.local/share/account-qwen/shims)",
  },
  ...JSON_FLAGS,
} as const;

type Context = CommandContext<typeof FLAGS>;

const ACTIONS: Readonly<
  Record<string, (it: Context) => Promise<number | void>>
> = { install, remove, status, run };

/** `account-qwen shim`. */
export const shim = defineCommand({
  name: "shim",
  group: "run",
  summary:
    `Install a ${AGENT.program} command that runs exec, for tools that call ` +
    AGENT.program,
  usage: "<install | remove | status>",
  args: { least: 1, most: Infinity },
  passesOn: true,
  offers: [["install", "remove", "status"]],
  flags: FLAGS,
  notes: [
    `The shim runs the real ${AGENT.program} for subcommands such as mcp, for ` +
    "--help and --version, inside a run of exec, and if no account is set " +
    `up. \`${agentInvocation()} shim run -- ...\` does the same, and so does a link ` +
    `named ${AGENT.program} that points to ${program()}. shim status fails ` +
    "unless the shim is in use.",
    ...(ALIAS
      ? [`Beside it is ${ALIAS}, which is ${program()} --cli ${AGENT.program}.`]
      : []),
  ],
  examples: [
    "shim install",
    "shim status",
    `--dir ~/team/${accountsFolder()} shim install --into ~/team/bin`,
  ],
  async run(context) {
    const [action = "", ...rest] = context.args;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) {
      throw cannotRun("shim", `"${action}" is not install, remove or status`);
    }
    if (rest[0] !== undefined && action !== "run") {
      throw cannotRun("shim", `unexpected argument "${rest[0]}"`);
    }
    return await act(context);
  },
});

async function install({ flags, dir, print, notify }: Context) {
  const { host } = runtime;
  const path = shimPath(flags.into);
  const accounts = dir === undefined ? undefined : absolutePath(dir);
  const outcome = await writeShim(path, shimText(host.command(), accounts))
    .catch((error) => {
      // The hints for such errors are about the accounts folder.
      if (errorCode(error) === undefined) throw error;
      throw new UsageError(
        messageOf(error),
        `name another folder: ${agentInvocation()} shim install --into ~/bin`,
      );
    });
  const is = outcome === "unchanged" ? "is already installed" : "is installed";
  print(`the shim ${is}: ${path}`);
  if (ALIAS) {
    const alias = shimPath(flags.into, ALIAS);
    await writeAlias(alias, host.command());
    print(`${ALIAS} is installed: ${alias}`);
  }
  if (await findProgram(AGENT.program) === undefined) {
    notify(
      `${AGENT.program} itself is not found: ${AGENT.product.install.latest}`,
    );
  }
  if (await realPathOfFirst() === await runtime.files.realPath(path)) {
    return print(
      `${AGENT.program} now starts the shim; an open shell may need: hash -r`,
    );
  }
  const { file, line } = pathLine(host.environment(), dirname(path));
  print([`put this line at the end of ${file} and open a new shell:`, line]);
}

async function remove({ flags, print }: Context) {
  const path = shimPath(flags.into);
  const wasThere = await removeShim(path);
  print(wasThere ? `removed the shim: ${path}` : `there is no shim: ${path}`);
  const alias = ALIAS && shimPath(flags.into, ALIAS);
  if (alias && await removeShim(alias)) print(`removed ${alias}`);
}

async function status({ flags, answer, notify }: Context) {
  const path = shimPath(flags.into);
  const state = await readShim(path);
  const first = await firstOnPath();
  const real = await findProgram(AGENT.program);
  const inUse = first !== undefined && await isOurProgram(first);
  const missing = state === "installed" ? await missingFrom(path) : undefined;
  const alias = ALIAS && shimPath(flags.into, ALIAS);
  const aliasState = alias && await readShim(alias);
  const rows = [
    ["shim", `${path} (${state})`],
    ...(ALIAS ? [[ALIAS, `${alias} (${aliasState})`]] : []),
    ["in use", inUse ? "yes" : "no"],
    ["first on the PATH", first ?? "-"],
    [`${AGENT.program} itself`, real ?? "-"],
  ];
  answer({
    path,
    state,
    in_use: inUse,
    first_on_path: first,
    missing,
    ...(alias ? { alias, alias_state: aliasState } : {}),
    program: real,
    [AGENT.program]: real, // its earlier name
  }, formatTable(rows));
  if (missing !== undefined) {
    notify(
      `the shim starts ${missing}, which is gone: ${agentInvocation()} shim install`,
    );
  }
  return inUse && missing === undefined ? EXIT.done : EXIT.failed;
}

/** Loads the code on demand: most of it is only needed for a prompt. */
async function run(context: Context) {
  const { runAsAgent } = await import("../shim/run_as_agent.ts");
  return await runAsAgent(context, context.args.slice(1));
}

async function firstOnPath(): Promise<string | undefined> {
  const env = runtime.host.environment();
  for await (const path of programsOnPath(AGENT.program, env)) {
    return path;
  }
  return undefined;
}

async function realPathOfFirst(): Promise<string | undefined> {
  const first = await firstOnPath();
  return first && await runtime.files.realPath(first);
}
