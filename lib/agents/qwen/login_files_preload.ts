/**
 * Records the origin of logins in Node programs that are not the real agent and
 * get their tokens in their own way. It observes the files that a program reads
 * and writes. This is part of the module that `preloads.ts` creates.
 *
 * A login that a process writes in place of the live file descends from the
 * login that the process has read. The process notes this before it writes, but
 * only while it is certain. It stops making notes once it
 *
 * - has read a second login, or has written one without having read any;
 * - has opened, linked or moved such a file, which hides what it reads;
 * - has started a process or a thread, which may have read a login for it;
 * - has requested tokens with `fetch`, whose answer tells more.
 *
 * A missing note proves nothing. Other programs, such as sh(1) scripts, make no
 * notes, and the kernel does not record who wrote a file: it only counts the
 * bytes that a process has read and written, and a process can rename or clone
 * a file without writing a byte.
 *
 * @module
 */

/**
 * JavaScript functions for that module, which defines `note` and `mark`.
 * `watchLoginFiles` starts the observation, and `doubtLogins` ends all
 * certainty.
 */
export const LOGIN_FILES_PART = `const fs = require("node:fs");
const { dirname, resolve } = require("node:path");
const { lstatSync, readFileSync, realpathSync } = fs;

let heldLogin;
let isLoginSure = true;
let isInside = false; // functions of \`fs\` call each other

function watchLoginFiles() {
  surely(() => {
    for (const api of [fs, fs.promises]) {
      for (const [name, around] of Object.entries(WATCHED)) {
        for (const it of [name, name + "Sync"]) watch(api, it, around);
      }
    }
    const children = require("node:child_process");
    watch(children.ChildProcess.prototype, "spawn", doubtAndCall);
    for (const name of ["spawnSync", "execSync", "execFileSync"]) {
      watch(children, name, doubtAndCall);
    }
    const threads = require("node:worker_threads");
    threads.Worker = new Proxy(threads.Worker, {
      construct: (...args) => doubtAndCall(() => Reflect.construct(...args)),
    });
    require("node:module").syncBuiltinESMExports?.();
  });
}

function doubtLogins() {
  isLoginSure = false;
}

const WATCHED = {
  readFile: (call, args) =>
    isLogin(args[0]) ? observe(call, args, hold) : call(),
  readlink: (call, args) => {
    const see = (target) =>
      hold(readFileSync(resolve(dirname(pathOf(args[0])), String(target))));
    return isLogin(args[0]) ? observe(call, args, see) : call();
  },
  writeFile: (call, [path, data]) => {
    if (isLogin(path)) surely(() => tell(data));
    return call();
  },
  rename: tellAndCall,
  copyFile: tellAndCall,
  open: doubtPathsAndCall,
  appendFile: doubtPathsAndCall,
  link: doubtPathsAndCall,
  symlink: doubtPathsAndCall,
  cp: doubtPathsAndCall,
};

function watch(api, name, around) {
  const original = api[name];
  if (typeof original !== "function") return;
  api[name] = function (...args) {
    if (isInside) return original.apply(this, args);
    isInside = true;
    try {
      return around(() => original.apply(this, args), args);
    } finally {
      isInside = false;
    }
  };
}

function tellAndCall(call, [from, to]) {
  if (isLogin(from)) doubtLogins();
  if (isLogin(to)) {
    surely(() => {
      if (!lstatSync(from).isFile()) doubtLogins();
      tell(readFileSync(from));
    });
  }
  return call();
}

function doubtPathsAndCall(call, [path, other]) {
  if (isLogin(path) || isLogin(other)) doubtLogins();
  return call();
}

function doubtAndCall(call) {
  doubtLogins();
  return call();
}

// Shows the result to \`see\` before the program gets it.
function observe(call, args, see) {
  const seen = (value) => {
    surely(() => see(value));
    return value;
  };
  const done = args.at(-1);
  if (typeof done === "function") {
    args[args.length - 1] = function (error, value) {
      if (!error) seen(value);
      return done.apply(this, arguments);
    };
    return call();
  }
  const result = call();
  return typeof result?.then === "function" ? result.then(seen) : seen(result);
}

function surely(action) {
  try {
    action();
  } catch {
    doubtLogins();
  }
}

function hold(content) {
  const { refresh } = marksIn(content);
  if (heldLogin !== undefined && heldLogin !== refresh) doubtLogins();
  heldLogin = refresh;
}

function tell(content) {
  const { access, refresh } = marksIn(content);
  if (heldLogin === undefined) doubtLogins();
  if (isLoginSure) note("lineage", heldLogin, access, refresh);
  heldLogin = refresh;
}

function marksIn(content) {
  const login = JSON.parse(
    typeof content === "string" ? content : Buffer.from(content).toString(),
  );
  return {
    access: mark(login.access_token),
    refresh: mark(login.refresh_token),
  };
}

// The live file, or a slot in the folder of this module.
function isLogin(path) {
  try {
    const text = pathOf(path);
    if (!/(?:^|\\/)oauth_creds(?:_\\d+)?\\.json$/.test(text)) return false;
    const folder = realpathSync(dirname(resolve(text)));
    return folder === __dirname ||
      realpathSync(\`\${folder}/accounts\`) === __dirname;
  } catch {
    return false;
  }
}

function pathOf(path) {
  return path instanceof URL
    ? require("node:url").fileURLToPath(path)
    : String(path);
}`;
