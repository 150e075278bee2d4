import { type Files, runtime } from "../../lib/system/mod.ts";

/** Replaces some file operations until disposed of. */
export function replaceFiles(
  change: (real: Files) => Partial<Files>,
): Disposable {
  const real = runtime.files;
  runtime.files = { ...real, ...change(real) };
  return {
    [Symbol.dispose]: () => {
      runtime.files = real;
    },
  };
}

/** Makes the file system behave in one of two ways. */
export const FILE_SYSTEMS = {
  "that can swap names": (): Disposable => replaceFiles(() => ({})),
  "that cannot swap names": (): Disposable =>
    replaceFiles(() => ({ exchange: () => Promise.resolve(false) })),
};

/** Makes a step fail as on a full disk. */
export function failing(step: keyof Files): Disposable {
  return replaceFiles(() => ({ [step]: () => Promise.reject(noSpace()) }));
}

/** The error of a write on a full disk. */
export function noSpace(): Error {
  const message = "No space left on device";
  return Object.assign(new Error(message), { code: "ENOSPC" });
}
