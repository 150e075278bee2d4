import { assert, assertEquals, assertRejects } from "@std/assert";
import { Spool } from "../../lib/process/spool.ts";
import { runtime, type ScratchFile } from "../../lib/system/mod.ts";
import { streamOf } from "../../lib/system/byte_source.ts";
import { textOf } from "./programs.ts";

const LIMITS = [0, 1, 10, 100, undefined];

/** Different chunks of every length up to 40 bytes. */
const CHUNKS = Array.from(
  { length: 41 },
  (_, length) => Uint8Array.from({ length }, (_, i) => length * 7 + i * 31),
);
const ALL = new Uint8Array(CHUNKS.flatMap((it) => [...it]));

for (const memoryLimit of LIMITS) {
  const when = `when memoryLimit is ${memoryLimit}`;

  Deno.test(`Spool returns what was written ${when}`, async () => {
    using spool = await filled(memoryLimit);
    assertEquals(spool.size, ALL.length);
    for (let offset = 0; offset <= ALL.length; offset += 13) {
      for (const length of [0, 1, 25, 300, 2_000]) {
        const expected = ALL.slice(offset, offset + length);
        assertEquals(await spool.read(offset, length), expected);
      }
    }
  });

  Deno.test(`Spool.head() and tail() return the ends ${when}`, async () => {
    using spool = await filled(memoryLimit);
    assertEquals(await spool.head(50), ALL.slice(0, 50));
    assertEquals(await spool.tail(50), ALL.slice(-50));
    assertEquals(await spool.tail(0), new Uint8Array(0));
    assertEquals(await spool.tail(ALL.length + 1), ALL);
  });

  Deno.test(`Spool.stream() starts again on each call ${when}`, async () => {
    using spool = await filled(memoryLimit);
    assertEquals(await bytesOf(spool.stream()), ALL);
    assertEquals(await bytesOf(spool.stream()), ALL);
  });

  Deno.test(`Spool.source() starts again on each call ${when}`, async () => {
    using spool = await filled(memoryLimit);
    assertEquals(await bytesOf(streamOf(spool.source())), ALL);
    assertEquals(await bytesOf(streamOf(spool.source())), ALL);
  });

  Deno.test(`Spool can be read while it is written ${when}`, async () => {
    using spool = new Spool({ memoryLimit });
    for (const chunk of CHUNKS) {
      const offset = Math.max(spool.size - 60, 0);
      const expected = ALL.slice(offset, spool.size);
      const [earlier] = await Promise.all([
        spool.read(offset, expected.length),
        spool.write(chunk),
      ]);
      assertEquals(earlier, expected);
    }
    assertEquals(await bytesOf(spool.stream()), ALL);
  });
}

Deno.test("Spool keeps a copy when a buffer is used again", async () => {
  using spool = new Spool();
  const buffer = new TextEncoder().encode("one ");
  await spool.write(buffer);
  buffer.set(new TextEncoder().encode("two "));
  await spool.write(buffer);
  assertEquals(await textOf(spool), "one two ");
});

Deno.test("Spool.stream() reads no further than asked for", async () => {
  using files = countingFiles();
  using spool = new Spool({ memoryLimit: 0 });
  await spool.write(new Uint8Array(1_000_000));
  const reader = spool.stream().getReader();
  const { value } = await reader.read();
  assertEquals(value?.length, 262_144);
  assertEquals(files.reads, 1);
  await reader.cancel();
});

for (const memoryLimit of [300_000, 3_000_000]) {
  Deno.test(`Spool.source() uses two buffers again when memoryLimit is ${memoryLimit}`, async () => {
    using spool = new Spool({ memoryLimit });
    const expected = new Uint8Array(2_500_000).map((_, at) => at * 31 >> 8);
    for (let at = 0; at < expected.length; at += 100_000) {
      await spool.write(expected.subarray(at, at + 100_000));
    }
    const source = spool.source();
    const buffers = new Set<ArrayBufferLike>();
    let at = 0;
    for (let it = await source.read(); it; it = await source.read()) {
      buffers.add(it.buffer);
      assertEquals(it, expected.subarray(at, at + it.length));
      at += it.length;
    }
    assertEquals(at, expected.length);
    assertEquals(buffers.size, 2);
  });
}

Deno.test("Spool creates no file below the limit", async () => {
  using files = countingFiles();
  using spool = new Spool({ memoryLimit: 10 });
  await spool.write(new Uint8Array(10));
  assertEquals(files.made, 0);
  await spool.write(new Uint8Array(11));
  assertEquals(files.made, 1);
});

Deno.test("Spool.write() adds nothing when the disk is full", async () => {
  using files = countingFiles();
  using spool = new Spool({ memoryLimit: 4 });
  await spool.write(new TextEncoder().encode("kept"));
  files.isFull = true;
  await assertRejects(() => spool.write(new Uint8Array(9)), Error, "ENOSPC");
  files.isFull = false;
  await spool.write(new TextEncoder().encode(", again"));
  assertEquals(await textOf(spool), "kept, again");
});

Deno.test("Spool keeps in memory what the file cannot take", async () => {
  using files = countingFiles();
  using spool = new Spool({ memoryLimit: 4 });
  files.isFull = true;
  for (const text of ["one ", "two "]) {
    await spool.write(new TextEncoder().encode(text)); // the file fails later
  }
  await assertRejects(() => spool.write(new Uint8Array(1)), Error, "ENOSPC");
  assertEquals(await textOf(spool), "one two ");
  files.isFull = false;
  await spool.write(new TextEncoder().encode("last"));
  assertEquals(await textOf(spool), "one two last");
});

Deno.test("Spool rejects when used after disposal", async () => {
  const spool = await filled(100);
  assertEquals(await spool.head(1), ALL.slice(0, 1));
  spool[Symbol.dispose]();
  spool[Symbol.dispose]();
  assertEquals(spool.size, 0);
  await assertRejects(() => spool.write(ALL), TypeError, "disposed");
});

async function filled(memoryLimit: number | undefined): Promise<Spool> {
  const spool = new Spool({ memoryLimit });
  for (const chunk of CHUNKS) await spool.write(chunk);
  return spool;
}

async function bytesOf(stream: ReadableStream): Promise<Uint8Array> {
  return await new Response(stream).bytes();
}

/** The real files, counted, on a disk that the test can fill. */
function countingFiles() {
  const real = runtime.files;
  const counts = {
    made: 0,
    reads: 0,
    isFull: false,
    [Symbol.dispose]: () => {
      runtime.files = real;
    },
  };
  runtime.files = {
    ...real,
    async scratch(): Promise<ScratchFile> {
      counts.made++;
      const file = await real.scratch();
      return {
        read: (buffer, offset) => {
          counts.reads++;
          return file.read(buffer, offset);
        },
        write: async (bytes, offset) => {
          if (counts.isFull) throw new Error("ENOSPC");
          await file.write(bytes, offset);
        },
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
  };
  assert(runtime.files !== real);
  return counts;
}
