import { answers, FAKE_QWEN, fakeHome } from "../../tests/support/fake_qwen.ts";
import { measurePairs, type Pairs } from "./paired.ts";
import { runPiped, spawnWaiting } from "./memory.ts";
import type { Row, RowContext } from "./row.ts";

const MIB = 2 ** 20;
const LARGE = 500 * MIB;

const CAT_TWICE =
  'cat "$1" | cat >"$1.copy"; cat "$1.copy"; status=$?; rm "$1.copy"; exit $status';

/** The cost of a large answer and of a long wait. */
export const LARGE_ROWS: readonly Row[] = [
  {
    name: "large",
    what: "an answer of 500 MiB through `exec` (binary)",
    baseline: "plain `cat` of the same file",
    limits: { ratio: 2 },
    async measure(context) {
      await using files = await largeFile(context);
      return await measurePairs(Math.min(context.rounds, 3), {
        ours: async () => (await files.exec()).timeMs,
        baseline: async () => (await files.cat()).timeMs,
      });
    },
  },
  {
    name: "large stored",
    what: "the same",
    baseline: "`cat` of it into a file, and `cat` of that",
    limits: {}, // an answer that is kept until the end cannot come sooner
    async measure(context) {
      await using files = await largeFile(context);
      return await measurePairs(Math.min(context.rounds, 3), {
        ours: async () => (await files.exec()).timeMs,
        baseline: async () => (await files.catTwice()).timeMs,
      });
    },
  },
  {
    name: "large memory",
    what: "the same, the most memory of `exec`",
    baseline: "a Bun binary that waits",
    unit: "MiB",
    limits: { most: 80 },
    async measure(context) {
      await using files = await largeFile(context);
      return {
        ours: [(await files.exec()).peakMiB],
        baseline: [await waitingHello(context)],
      };
    },
  },
  {
    name: "waiting memory",
    what: "an `exec` whose child runs on (binary), memory",
    baseline: "a Bun binary that waits",
    unit: "MiB",
    limits: { most: 60 },
    measure: measureWaiting,
  },
];

async function measureWaiting(context: RowContext): Promise<Pairs> {
  // The measurement begins when the child has made this file.
  await using home = await fakeHome({ 1: "echo >started; exec sleep 600" });
  const command = [...context.programs.binary, "exec", "--bin", FAKE_QWEN];
  const ours = await spawnWaiting([...command, "--", "Wait"], {
    home: home.path,
    started: `${home.path}/started`,
  });
  return { ours: [ours], baseline: [await waitingHello(context)] };
}

async function waitingHello({ programs }: RowContext): Promise<number> {
  const { folder, waitBinary } = programs;
  return await spawnWaiting(waitBinary, { home: folder });
}

interface LargeFile extends AsyncDisposable {
  exec: () => ReturnType<typeof runPiped>;
  cat: () => ReturnType<typeof runPiped>;
  catTwice: () => ReturnType<typeof runPiped>;
}

async function largeFile(
  { programs, isQuick }: RowContext,
): Promise<LargeFile> {
  const size = isQuick ? LARGE / 10 : LARGE;
  const home = await fakeHome({ 1: answers("") });
  const path = `${home.path}/large`;
  await Deno.writeTextFile(`${home.path}/plays/1`, `exec cat '${path}'`);
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(MIB).fill(0x61);
  for (let done = 0; done < size; done += await file.write(block));
  const exec = [...programs.binary, "exec", "--bin", FAKE_QWEN, "--", "Go"];
  const options = { home: home.path, size };
  return {
    exec: () => runPiped(exec, options),
    cat: () => runPiped(["cat", path], options),
    catTwice: () => runPiped(["/bin/sh", "-c", CAT_TWICE, "sh", path], options),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
