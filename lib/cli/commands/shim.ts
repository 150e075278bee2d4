import {
  findProgram,
  isOurProgram,
  programsOnPath,
} from "../../process/find_program.ts";
import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";
import { dirname } from "../../disk/names.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { absolutePath, shimPath } from "../shim/shim_place.ts";
import {
  missingFrom,
  readShim,
  removeShim,
  shimText,
  writeShim,
} from "../shim/shim_file.ts";
import { pathLine } from "../shim/shell_profile.ts";
import { formatTable } from "../screen/table.ts";
import { UsageError } from "../line/usage_error.ts";
import { program } from "../../program.ts";

const FLAGS = {
  into: {
    type: "text",
    value: "DIR",
    offers: "folders",
    summary:
      "The folder of the shim (default: ~/.local/share/account-qwen/shims)",
  },
  json: JSON_FLAG,
  schema: SCHEMA_FLAG,
} satisfies Flags;

type Context = CommandContext<typeof FLAGS>;

const ACTIONS: Readonly<Record<string, (it: Context) => Promise<number>>> = {
  install,
  remove,
  status,
  run,
};

/** `account-qwen shim`. */
export const shim = defineCommand({
  name: "shim",
  group: "run",
  summary: "Install a qwen command that runs exec, for tools that call qwen",
  usage: "<install | remove | status>",
  args: { least: 1, most: Infinity },
  passesOn: true,
  offers: [["install", "remove", "status"]],
  flags: FLAGS,
  notes: [
    "The shim runs the real qwen for subcommands such as mcp and auth, for " +
    "--help and --version, inside a run of exec, and if no account is set " +
    `up. \`${program()} shim run -- ...\` does the same, and so does a link ` +
    `named qwen that points to ${program()}. shim status fails unless the ` +
    "shim is in use.",
  ],
  examples: [
    `${program()} shim install`,
    `${program()} shim status`,
    `${program()} --dir ~/team/.qwen shim install --into ~/team/bin`,
  ],
  async run(context) {
    const [action = "", ...rest] = context.args;
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!act) {
      const problem = "is not install, remove or status";
      throw new UsageError(`Cannot run shim: "${action}" ${problem}`, "shim");
    }
    if (rest[0] !== undefined && action !== "run") {
      throw new UsageError(
        `Cannot run shim: unexpected argument "${rest[0]}"`,
        "shim",
      );
    }
    return await act(context);
  },
});

async function install({ flags, dir, print, notify }: Context) {
  const { host } = runtime;
  const path = shimPath(flags.into);
  const accounts = dir === undefined ? undefined : absolutePath(dir);
  const outcome = await writeShim(path, shimText(host.command(), accounts));
  const is = outcome === "unchanged" ? "is already installed" : "is installed";
  print(`the shim ${is}: ${path}`);
  if (await findProgram(DEFAULT_AGENT.program) === undefined) {
    notify(`qwen itself is not found: ${DEFAULT_AGENT.install.latest}`);
  }
  if (await realPathOfFirst() === await runtime.files.realPath(path)) {
    print("qwen now starts the shim; an open shell may need: hash -r");
    return EXIT.done;
  }
  const { file, line } = pathLine(host.environment(), dirname(path));
  print([`put this line at the end of ${file} and open a new shell:`, line]);
  return EXIT.done;
}

async function remove({ flags, print }: Context) {
  const path = shimPath(flags.into);
  const wasThere = await removeShim(path);
  print(wasThere ? `removed the shim: ${path}` : `there is no shim: ${path}`);
  return EXIT.done;
}

async function status({ flags, print, notify }: Context) {
  const path = shimPath(flags.into);
  const state = await readShim(path);
  const first = await firstOnPath();
  const real = await findProgram(DEFAULT_AGENT.program);
  const inUse = first !== undefined && await isOurProgram(first);
  const missing = state === "installed" ? await missingFrom(path) : undefined;
  if (flags.json) {
    print(formatJson({
      path,
      state,
      in_use: inUse,
      first_on_path: first ?? null,
      missing: missing ?? null,
      qwen: real ?? null,
    }));
  } else {
    const rows = [
      ["shim", `${path} (${state})`],
      ["in use", inUse ? "yes" : "no"],
      ["first on the PATH", first ?? "-"],
      ["qwen itself", real ?? "-"],
    ];
    for (const line of formatTable(rows)) print(line);
  }
  if (missing !== undefined) {
    notify(
      `the shim starts ${missing}, which is gone: ${program()} shim install`,
    );
  }
  return inUse && missing === undefined ? EXIT.done : EXIT.failed;
}

/** Loads the code on demand: most of it is only needed for a prompt. */
async function run(context: Context) {
  const { runAsQwen } = await import("../shim/run_as_qwen.ts");
  return await runAsQwen(context, context.args.slice(1));
}

async function firstOnPath(): Promise<string | undefined> {
  const env = runtime.host.environment();
  for await (const path of programsOnPath(DEFAULT_AGENT.program, env)) {
    return path;
  }
  return undefined;
}

async function realPathOfFirst(): Promise<string | undefined> {
  const first = await firstOnPath();
  return first && await runtime.files.realPath(first);
}
