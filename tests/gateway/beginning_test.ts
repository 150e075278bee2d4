import { assert, assertEquals } from "@std/assert";
import { readBeginning } from "../../lib/gateway/beginning.ts";
import { sourceOf, streamOf } from "../../lib/system/byte_source.ts";
import { realSystem } from "../../lib/system/system.ts";

const LIMITS = { maxBytes: 200_000, maxMs: 60_000, system: realSystem };

/**
 * Returns chunks of these sizes, each a view of 64 KiB, as in Deno's `fetch`.
 */
function viewsOf(sizes: readonly number[]): ReadableStream<Uint8Array> {
  let next = 0;
  return ReadableStream.from(sizes.map((size) => {
    const view = new Uint8Array(65_536).subarray(0, size);
    for (let at = 0; at < size; at++) view[at] = next++ % 251;
    return view;
  }));
}

const SIZES: Record<string, number[]> = {
  "one byte each": Array<number>(2_000).fill(1),
  "an event each": Array<number>(200).fill(300),
  "different sizes": [1, 20_000, 1, 1, 16_383, 16_384, 5, 65_536, 7],
};

for (const [what, sizes] of Object.entries(SIZES)) {
  Deno.test(`readBeginning() holds little more than the bytes of chunks of ${what}`, async () => {
    const { chunks, whole, end } = await readBeginning(
      sourceOf(viewsOf(sizes)),
      () => false,
      LIMITS,
    );
    const size = sizes.reduce((sum, it) => sum + it, 0);
    const buffers = new Set(chunks.map((it) => it.buffer));
    const held = [...buffers].reduce((sum, it) => sum + it.byteLength, 0);
    assert(held <= 4 * size + 65_536, `${held} bytes for ${size}`);
    const bytes = await new Response(streamOf(whole())).bytes();
    const wanted = await new Response(viewsOf(sizes)).bytes();
    assertEquals([end, bytes.length], ["ended", size]);
    assertEquals(bytes, wanted);
  });
}
