import type { Connection } from "../network.ts";

/**
 * The bytes to read at a time: more once the other side sends as many. Most
 * clients send one request and then nothing while they read a long stream, and
 * the events of most streams are smaller.
 */
const PIECE = 2_048;
const LARGE_PIECE = 65_536;

/** Returns `connection` in our form. */
export function connectionOf(connection: Deno.Conn): Connection {
  let buffer = new Uint8Array(PIECE);
  return {
    async read() {
      const size = await connection.read(buffer);
      if (size === null) return undefined;
      if (size > PIECE / 2) {
        const bytes = buffer.subarray(0, size);
        buffer = new Uint8Array(size < PIECE ? PIECE : LARGE_PIECE);
        return bytes;
      }
      const bytes = new Uint8Array(size); // faster than slice()
      bytes.set(buffer.subarray(0, size));
      return bytes;
    },

    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(at === 0 ? bytes : bytes.subarray(at));
      }
    },

    end: () => void connection.closeWrite().catch(() => {}),

    destroy() {
      try {
        connection.close();
      } catch {
        // Already closed.
      }
    },
  };
}
