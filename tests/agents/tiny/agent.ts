import type {
  Agent,
  Intent,
  Linked,
  RunEnvironment,
} from "../../../lib/agents/agent.ts";
import type { Credential } from "../../../lib/agents/formats.ts";
import { keyVariables } from "../../../lib/agents/api_key.ts";
import { API_PRESETS } from "../../../lib/agents/presets.ts";
import { parseErrorReply } from "../../../lib/verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  judgeByRules,
  type Verdict,
} from "../../../lib/verdict/classify.ts";
import type { Evidence } from "../../../lib/verdict/signal.ts";
import { judgeStranger } from "../../../lib/verdict/last_words.ts";
import { KIND } from "../../../lib/verdict/policy.ts";

/** `tiny.sh`: a script with a key variable and a credential file. */
export const tiny: Linked<Agent> = {
  program: "tiny",
  product: {
    title: "the tiny script",
    install: { latest: "install tiny", forLogins: "install tiny" },
    example: "--ask=hello",
    tried: { oldest: "1.0.0", newest: "2.0.0" },
  },
  processes: {
    isAgent: ([shell = "", script = ""]) =>
      /(?:^|\/)sh$/.test(shell) && /(?:^|\/)tiny\.sh$/.test(script),
    foldersOf: ({ TINY_HOME }) => TINY_HOME ? [TINY_HOME] : [],
  },
  read,
  promptArgs: (prompt) => [`--ask=${prompt}`],
  runArgs: (args) => args, // a key in the environment is enough
  environment,
  keys: {
    names: { apiKey: "TINY_KEY", baseUrl: "TINY_URL", model: "TINY_MODEL" },
    wire: "openai_chat",
    presets: API_PRESETS,
    forOneRun: {
      secrets: ["TINY_ONCE"],
      baseUrl: "TINY_URL",
      model: "TINY_MODEL",
      help: "The key is for the service of TINY_URL.",
      find: () => undefined,
    },
    caveat: "tiny prefers the key in its file",
    conflicts: (name) => /^TINY_(?:KEY|URL|MODEL)$/.test(name),
  },
  login: {
    file: "login",
    lock: "login.lock",
    isTemporary: (name) => name === "login.new",
    parse,
    format: ({ accessToken, refreshToken, expiresAt }, address) =>
      new TextEncoder().encode(
        `access ${accessToken}\nrefresh ${refreshToken}\n` +
          `until ${expiresAt}\nat ${address}\n`,
      ),
    addressOf: (bytes) => URL.parse(linesOf(bytes).get("at") ?? ""),
    service: {
      url: "https://tiny.example/oauth",
      devicePath: "/device",
      tokenPath: "/token",
      clientId: "tiny",
      scope: "ask",
    },
    issuer: "Tiny",
    isRefusedBy: () => false,
    end: undefined,
  },
  homes: {
    name: ".tiny",
    sources: () => ({ ofUser: [], ofProject: [], envFiles: [], logins: [] }),
    isMovable: () => true,
    variables: (folder) => ({ TINY_HOME: folder }),
    roleOf: (name) => name.startsWith("login") ? "login" : "shared",
    folders: () => [],
    logs: () => [],
    isWritten: () => false,
  },
  settings: {
    defaults: {},
    withKey: {},
    ofMachine: () => ({ first: [], last: [] }),
    keysIn: () => ({ variables: {}, routes: [] }),
  },
  proxy: { find: () => Promise.resolve(undefined), sparesLoopbackSince: "0" },
  sessions: undefined,
  preload: undefined,
  output: {
    classify,
    readLine: () => undefined,
    toolsIn: () => Promise.resolve(undefined),
  },
};

function read(args: readonly string[]): Intent {
  const at = args.findIndex((it) => it.startsWith("--ask="));
  const asksNothing = args.includes("--help");
  return {
    kind: undefined,
    model: undefined,
    session: undefined,
    prompt: at < 0 ? undefined : {
      text: (args[at] ?? "").slice("--ask=".length),
      others: args.toSpliced(at, 1),
    },
    opensSession: at < 0 && !asksNothing,
    mayChange: false,
    asksNothing,
    isSubcommand: false,
    converses: false,
    foreignKey: args.find((it) => it.startsWith("--key=")),
  };
}

function environment(
  { env, dir, key }: RunEnvironment,
): Record<string, string> {
  const { TINY_KEY: _, TINY_URL: __, TINY_MODEL: ___, ...others } = env;
  return {
    ...others,
    TINY_HOME: dir,
    ...key ? keyVariables(key, tiny.keys.names) : {},
  };
}

function parse(bytes: Uint8Array): Credential {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  const lines = linesOf(bytes);
  const [accessToken, refreshToken] = [
    lines.get("access"),
    lines.get("refresh"),
  ];
  if (!accessToken) throw new SyntaxError("has no access token");
  if (!refreshToken) throw new SyntaxError("has no refresh token");
  const expiresAt = Number(lines.get("until"));
  if (!(expiresAt > 0)) throw new SyntaxError("has no end");
  return { accessToken, refreshToken, expiresAt };
}

function linesOf(bytes: Uint8Array): Map<string, string> {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  return new Map(lines.map((line) => {
    const [name = "", value = ""] = line.split(/ (.*)/);
    return [name, value];
  }));
}

function classify(
  { exitCode, timedOut, stdout, stderr }: Evidence,
  options: ClassifyOptions,
): Verdict {
  if (timedOut) return { kind: KIND.timeout, evidence: "" };
  if (exitCode === 0) return { kind: KIND.ok, evidence: "" };
  const [, status, message] = /^tiny: (\d{3}) (.*)$/m.exec(stderr) ?? [];
  const error = parseErrorReply(Number(status), message ?? "");
  return (message && classifyError(error, options)) ||
    judgeByRules(stderr.split("\n"), options) ||
    judgeStranger(stderr || stdout, options) ||
    { kind: KIND.failed, evidence: `exit code ${exitCode}` };
}
