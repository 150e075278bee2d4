import { QUOTA_EXCEEDED, type Reply } from "../../tests/support/service.ts";
import { apiKey } from "../../tests/support/account_folder.ts";
import { run, type RunResult } from "../../tests/support/cli.ts";
import { type Scene, setScene } from "../../tests/support/scene.ts";
import { measurePairs } from "./paired.ts";
import type { Limits, Row, RowContext } from "./row.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };

/** A call of the real `qwen` takes a second or two. */
const MOST_ROUNDS = 5;

/** A call that takes longer has failed. */
const LONGEST_MS = 30_000;

/** The accounts of a row, and how `exec` gives them to `qwen`. */
interface Way {
  program: "binary" | "bundle";
  version: "0.12.0" | "0.24.4";
  mode: "link" | "gateway";
  kind: "login" | "key";
}

const LINK_OLD = { version: "0.12.0", mode: "link", kind: "login" } as const;
const LINK_NEW = { version: "0.24.4", mode: "link", kind: "login" } as const;
const KEYS = { version: "0.24.4", mode: "gateway", kind: "key" } as const;
const BROKER = { version: "0.12.0", mode: "gateway", kind: "login" } as const;

/** The time of `exec` with the real `qwen`, compared with plain `qwen`. */
export const EXEC_ROWS: readonly Row[] = [
  healthyRow({ program: "binary", ...LINK_OLD }, { ratio: 0.75 }),
  healthyRow({ program: "binary", ...LINK_NEW }, { ratio: 0.85 }),
  healthyRow({ program: "binary", ...KEYS }, { ratio: 0.85 }),
  healthyRow({ program: "bundle", ...KEYS }, { ratio: 0.85 }),
  rotationRow({ program: "binary", ...LINK_OLD }),
  rotationRow({ program: "bundle", ...BROKER }),
  rotationRow({ program: "binary", ...KEYS }),
  rotationRow({ program: "bundle", ...KEYS }),
];

function healthyRow(way: Way, limits: Limits): Row {
  return {
    name: `exec ${way.version} ${way.mode} ${way.program}`,
    what: `\`exec\`, qwen ${describe(way)}, healthy`,
    baseline: "plain `qwen`",
    limits,
    measure: (context) => measureExec(context, way, [ANSWER]),
  };
}

function rotationRow(way: Way): Row {
  return {
    name: `rotate ${way.version} ${way.mode} ${way.program}`,
    what: `\`exec\`, qwen ${
      describe(way)
    }: account 1 answers 429, account 2 answers`,
    baseline: "plain `qwen` on account 2",
    limits: { more: 1_000 },
    measure: (context) => measureExec(context, way, [QUOTA_EXCEEDED, ANSWER]),
  };
}

function describe({ program, version, mode, kind }: Way): string {
  const by = program === "binary" ? "" : ", bundle with `deno run`";
  return `${version}, ${mode} mode, ${kind}${by}`;
}

async function measureExec(
  { programs, rounds }: RowContext,
  way: Way,
  replies: readonly Reply[],
) {
  const { version } = way;
  const timeoutMs = LONGEST_MS;
  const keys = way.kind === "key" ? replies.map((_, at) => at + 1) : [];
  const command = [`--mode=${way.mode}`, "--", PROMPT];
  return await measurePairs(Math.min(rounds, MOST_ROUNDS), {
    async ours() {
      await using scene = await setScene(replies, { version, keys });
      const program = programs[way.program];
      const ended = scene.exec(command, { command: program, timeoutMs });
      return timeOf(await ended.catch(() => fail("no answer")));
    },
    async baseline() {
      const only = keys.slice(0, 1);
      await using scene = await setScene([ANSWER], { version, keys: only });
      return timeOf(await runPlain(scene, way));
    },
  });
}

/** Runs `qwen` as a user with one account would. */
function runPlain(scene: Scene, { kind }: Way): Promise<RunResult> {
  if (kind === "login") return scene.runQwen(["-p", PROMPT]);
  const { qwen, home, service } = scene;
  return run(qwen.bin, ["--auth-type", "openai", "-p", PROMPT], {
    home: home.path,
    env: {
      PATH: qwen.path,
      OPENAI_API_KEY: apiKey(1),
      OPENAI_BASE_URL: service.baseUrl,
      OPENAI_MODEL: "qwen3",
    },
  });
}

/** The command line would name folders of this machine. */
function fail(problem: string): never {
  throw new Error(`Cannot measure: ${problem} within ${LONGEST_MS} ms`);
}

function timeOf({ code, stdout, stderr, durationMs }: RunResult): number {
  if (code === 0 && stdout.includes(ANSWER.answer)) return durationMs;
  throw new Error(`Cannot measure: exit code ${code}`, { cause: stderr });
}
