/**
 * Code that the modules which Node loads before the agent share.
 *
 * @module
 */

/**
 * JavaScript functions for such a module, which defines `option` and `script`.
 * `isAgent` tells the agent from another Node program, such as `npx`.
 * `withoutOption` removes the module from `NODE_OPTIONS`, so that programs
 * started by the agent do not load it. `passOn` passes `variables` to the agent
 * if the agent restarts itself.
 */
export const PRELOAD_PARTS = `const AGENT =
  /\\/(?:qwen|@?qwen-code\\/(?!.*\\/?node_modules\\/)(?:.*\\/)?[\\w-]+\\.js)$/;

function isAgent(path) {
  try {
    return AGENT.test(require("node:fs").realpathSync(path));
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
