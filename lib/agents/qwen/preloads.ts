/**
 * The sources of the modules that Node loads before the agent. They change no
 * request, no answer and no file. Another runtime does not load them.
 *
 * One records the origin of a run's logins: it observes the agent's token
 * requests and makes the notes that `lib/vault/logins/lineage.ts` reads. In any
 * other program it also observes files (`login_files_preload.ts`).
 *
 * The other gives the agent a private home, but the user's home to the programs
 * that it starts. Before 0.21.2, only `HOME` sets the agent's home; but its
 * shells, hooks and MCP servers inherit that variable, and would copy our links
 * and store our paths. So the module answers `os.homedir()` with the private
 * home and sets `HOME` to the real one. If it is not loaded, `HOME` is the
 * private one for all programs.
 *
 * @module
 */

import {
  type HomePaths,
  type LineageNames,
  preloadOption,
} from "../formats.ts";
import { LOGIN_FILES_PART } from "./login_files_preload.ts";

/**
 * Returns the source of the module that records the origin of logins. It makes a
 * note before the agent gets the answer, so the note of a login always exists
 * before the login.
 */
export function lineageModule(
  { runVariable, tokenDigits }: LineageNames,
): string {
  return `"use strict";
${PRELOAD_PARTS}
${LOGIN_FILES_PART}
const { NODE_OPTIONS = "" } = process.env;
const [option] =
  NODE_OPTIONS.match(/--require "[^"]*\\/cli_lineage_[0-9a-f]+\\.cjs"/) ?? [];
const script = process.argv[1];
if (option && isAgent(script)) {
  passOn([\`NODE_OPTIONS=\${NODE_OPTIONS}\`]);
  withoutOption();
}
const run = process.env.${runVariable}?.split(":").at(-1);
if (run && globalThis.fetch && isPackage(script)) note("tells", run);
else watchLoginFiles();

const { fetch } = globalThis;
if (fetch) {
  globalThis.fetch = function (input, init) {
    const reply = fetch(input, init);
    const sent = refreshTokenIn(init?.body);
    if (sent !== undefined) doubtLogins(); // the answer tells more
    return sent ? reply.then((it) => noteReply(sent, it)) : reply;
  };
}

// Another program called qwen may get its tokens in other ways.
function isPackage(path) {
  return isAgent(path) &&
    /\\/@?qwen-code\\//.test(require("node:fs").realpathSync(path));
}

// Returns null if the body requests tokens with another grant.
function refreshTokenIn(body) {
  const isForm = typeof body === "string" || body instanceof URLSearchParams;
  const text = isForm ? String(body) : "";
  if (!text.includes("grant_type=")) return undefined;
  return text.includes("grant_type=refresh_token")
    ? new URLSearchParams(text).get("refresh_token")
    : null;
}

async function noteReply(sent, reply) {
  try {
    const granted = await reply.clone().json();
    const { access_token: access, refresh_token: refresh = sent } = granted;
    if (access) note("lineage", ...[sent, access, refresh].map(mark));
  } catch {
    // Not a grant.
  }
  if (reply.status === 400 || reply.status === 401) note("refused", mark(sent));
  return reply;
}

function note(...words) {
  try {
    const path = \`\${__dirname}/runs/\${words.join("_")}\`;
    require("node:fs").writeFileSync(path, "", { mode: 0o600 });
  } catch {
    // Nothing can be written here, so there is no note.
  }
}

function mark(token) {
  const hash = require("node:crypto").createHash("sha256").update(token);
  return hash.digest("hex").slice(0, ${tokenDigits});
}
`;
}

/**
 * Returns the source of the module that shows the private home. It does not
 * change programs other than the agent, such as an `npx` that starts the agent.
 * If the agent restarts itself, it gets the same variables again.
 *
 * 0.12.0 sets `HOME` to `os.homedir()` while it loads (through
 * `@pnpm/npm-conf`), which must not last.
 */
export function homeModule(
  { path, home, realHome }: HomePaths,
): string {
  return `"use strict";
${PRELOAD_PARTS}
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");

const home = ${JSON.stringify(home)};
const realHome = ${JSON.stringify(realHome)};
const option = ${JSON.stringify(preloadOption(path))};
const script = process.argv[1];
if (process.env.HOME === home && isAgent(script)) {
  passOn([\`HOME=\${home}\`, \`NODE_OPTIONS=\${process.env.NODE_OPTIONS}\`]);
  withoutOption();
  os.homedir = () => home;
  process.env.HOME = realHome;
  process.env = new Proxy(process.env, {
    set(env, name, value) {
      if (name !== "HOME" || value !== home) env[name] = value;
      return true;
    },
  });
  syncBuiltinESMExports();
}
`;
}

/**
 * JavaScript functions for such a module, which defines `option` and `script`.
 * `isAgent` tells the agent from another Node program, such as `npx`.
 * `withoutOption` removes the module from `NODE_OPTIONS`, so that programs
 * started by the agent do not load it. `passOn` passes `variables` to the agent
 * if the agent restarts itself.
 */
const PRELOAD_PARTS = `const AGENT =
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
