import { assert, assertEquals } from "@std/assert";
import { startFixture } from "../support/running_fixture.ts";
import { type TestRuntime, testRuntimes } from "../support/runtimes.ts";
import { startUpstream } from "../support/upstream.ts";

const SIZE = 100 * 2 ** 20;
const PIECE = 65_536;

/** The memory that a process may use besides the bodies, for unfreed chunks. */
const ROOM = 80 * 2 ** 20;

const HEADERS = {
  authorization: "Bearer token-of-the-run",
  "content-type": "application/json",
};

/** A gateway in its own process. */
async function startGatewayProcess(runtime: TestRuntime, upstream: string) {
  const fixture = await startFixture(runtime, "run_gateway.ts", [upstream]);
  return {
    url: fixture.said,
    peakMemory: async () => Number(await fixture.ask()),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

/** Returns a stream of `size` bytes with different chunks. */
function bytesOf(size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = new Uint8Array(Math.min(PIECE, size - at));
      controller.enqueue(piece.fill(97 + at / PIECE % 26));
      at += piece.length;
      if (at === size) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Returns a checksum that detects lost and moved bytes. */
async function sumOf(stream: ReadableStream<Uint8Array> | null) {
  let size = 0;
  let sum = 0;
  for await (const chunk of stream ?? []) {
    for (const byte of chunk) sum = (Math.imul(sum, 31) + byte) | 0;
    size += chunk.length;
  }
  return { size, sum };
}

for (const runtime of await testRuntimes()) {
  Deno.test(`startGateway() with ${runtime.name} passes 100 MB on in little memory when an account sends them`, async () => {
    await using upstream = startUpstream(() => new Response(bytesOf(SIZE)));
    await using gateway = await startGatewayProcess(runtime, upstream.url);
    await fetch(`${gateway.url}/none`).then((it) => it.text());
    const before = await gateway.peakMemory();
    const { body } = await fetch(`${gateway.url}/files`, { headers: HEADERS });
    assertEquals(await sumOf(body), await sumOf(bytesOf(SIZE)));
    const growth = await gateway.peakMemory() - before;
    assert(growth < ROOM, `It took ${growth} bytes`);
  });

  Deno.test(`startGateway() with ${runtime.name} passes 100 MB on in little memory when the client sends them`, async () => {
    const head = new TextEncoder().encode('{"model":"coder","text":"');
    const wantedHead = '{"model":"coder-of-1","text":"';
    let seen = { size: 0, sum: 0 };
    let length: string | null = null;
    const end = new AbortController();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {}, signal: end.signal },
      async ({ body, headers }) => {
        length = headers.get("content-length");
        seen = await sumOf(body);
        return Response.json({ id: "1" });
      },
    );
    {
      await using gateway = await startGatewayProcess(
        runtime,
        `http://127.0.0.1:${server.addr.port}`,
      );
      await fetch(`${gateway.url}/none`).then((it) => it.text());
      const before = await gateway.peakMemory();
      const reply = await fetch(`${gateway.url}/files`, {
        method: "POST",
        headers: HEADERS,
        body: joined(head, bytesOf(SIZE)),
      });
      assertEquals(await reply.json(), { id: "1" });
      const growth = await gateway.peakMemory() - before;
      assert(growth < ROOM, `It took ${growth} bytes`);
    }
    assertEquals(
      seen,
      await sumOf(joined(new TextEncoder().encode(wantedHead), bytesOf(SIZE))),
    );
    assertEquals(length, String(SIZE + wantedHead.length));
    end.abort();
    await server.finished;
  });
}

function joined(
  head: Uint8Array,
  rest: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  return ReadableStream.from((async function* () {
    yield head;
    yield* rest;
  })());
}
