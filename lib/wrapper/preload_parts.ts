/**
 * What the modules that Node loads before the CLI have in common.
 *
 * @module
 */

/** The option of Node that loads the module at `path`, for `NODE_OPTIONS`. */
export function preloadOption(path: string): string {
  return `--require "${path.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * Functions of JavaScript for such a module, which has `option` and `script`:
 * `isCli` tells the CLI from another program of Node, such as `npx`;
 * `withoutOption` takes the module out of `NODE_OPTIONS`, so that it is not
 * loaded into what the CLI starts; and `passOn` gives `variables` to the CLI
 * where that starts itself again.
 */
export const PRELOAD_PARTS = `const CLI =
  /\\/(?:qwen|@?qwen-code\\/(?!.*\\/?node_modules\\/)(?:.*\\/)?[\\w-]+\\.js)$/;

function isCli(path) {
  try {
    return CLI.test(require("node:fs").realpathSync(path));
  } catch {
    return false;
  }
}

function withoutOption() {
  const { NODE_OPTIONS = "" } = process.env;
  process.env.NODE_OPTIONS = NODE_OPTIONS.replace(option, "").trim();
  if (!process.env.NODE_OPTIONS) delete process.env.NODE_OPTIONS;
}

function passOn(variables) {
  const { ChildProcess } = require("node:child_process");
  const { spawn } = ChildProcess.prototype;
  const names = variables.map((it) => it.slice(0, it.indexOf("=") + 1));
  ChildProcess.prototype.spawn = function (options) {
    const { file, args = [], envPairs = [] } = options;
    const isAgain = file === process.execPath ||
      args.some((it) => it.includes(script));
    const others = envPairs.filter((it) =>
      !names.some((name) => it.startsWith(name))
    );
    const env = isAgain ? [...others, ...variables] : envPairs;
    return spawn.call(this, { ...options, envPairs: env });
  };
}`;
