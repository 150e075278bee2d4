/**
 * How the CLI is given a home of its own, and what it starts the user's. Before
 * 0.21.2 only `HOME` leads the CLI; but its shells, hooks and MCP servers find it in
 * their environment as well, and would copy our links and write down our paths.
 *
 * So a module that Node loads before the CLI answers `os.homedir()` with
 * the private home and sets `HOME` to the real one. Where it is not loaded, as
 * by another runtime, `HOME` is the private one for all of them.
 *
 * @module
 */

/** What the module is made of. */
export interface PreloadOptions {
  /** Where the module lies. */
  path: string;
  /** The private home, which is the `HOME` that the CLI is started with. */
  home: string;
  /** The home of the user. */
  realHome: string;
}

/** The option of Node that loads the module at `path`, for `NODE_OPTIONS`. */
export function preloadOption(path: string): string {
  return `--require "${path.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * The text of the module. It leaves alone what is not the CLI, as `npx` that
 * starts it; and what starts the CLI again passes on what it was started with.
 *
 * 0.12.0 sets `HOME` to `os.homedir()` while it loads (by `@pnpm/npm-conf`),
 * which must not last.
 */
export function preloadText(
  { path, home, realHome }: PreloadOptions,
): string {
  return `"use strict";
const { ChildProcess } = require("node:child_process");
const { realpathSync } = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");

const home = ${JSON.stringify(home)};
const realHome = ${JSON.stringify(realHome)};
const option = ${JSON.stringify(preloadOption(path))};
const CLI =
  /\\/(?:qwen|@?qwen-code\\/(?!.*\\/?node_modules\\/)(?:.*\\/)?[\\w-]+\\.js)$/;

const script = process.argv[1];
if (process.env.HOME === home && isCli(script)) {
  const { NODE_OPTIONS } = process.env;
  passOn([\`HOME=\${home}\`, \`NODE_OPTIONS=\${NODE_OPTIONS}\`]);
  os.homedir = () => home;
  process.env.HOME = realHome;
  process.env.NODE_OPTIONS = NODE_OPTIONS.replace(option, "").trim();
  if (!process.env.NODE_OPTIONS) delete process.env.NODE_OPTIONS;
  process.env = new Proxy(process.env, {
    set(env, name, value) {
      if (name !== "HOME" || value !== home) env[name] = value;
      return true;
    },
  });
  syncBuiltinESMExports();
}

function isCli(path) {
  try {
    return CLI.test(realpathSync(path));
  } catch {
    return false;
  }
}

function passOn(variables) {
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) {
    const { file, args = [], envPairs = [] } = options;
    const isAgain = file === process.execPath ||
      args.some((it) => it.includes(script));
    const others = envPairs.filter((it) => !/^(?:HOME|NODE_OPTIONS)=/.test(it));
    const env = isAgain ? [...others, ...variables] : envPairs;
    return spawn.call(this, { ...options, envPairs: env });
  };
}
`;
}
