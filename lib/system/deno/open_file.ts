/** Writes all of `bytes` after the last read or write. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

/** Reads until `buffer` is full or the file ends; returns what was read. */
export async function fill(
  file: Deno.FsFile,
  buffer: Uint8Array,
): Promise<Uint8Array> {
  let done = 0;
  while (done < buffer.length) {
    const count = await file.read(buffer.subarray(done));
    if (count === null) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
