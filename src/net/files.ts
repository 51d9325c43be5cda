/**
 * The folders that may be read from and written to, and the only way to a file in them. Trusted side; paths are hostile.
 * SECURITY: what is checked is the real path of the very thing that is then used, so no link leads out, not even one
 * that is put there in between (test/attacks/http-file-link.test.ts, test/attacks/http-download-link.test.ts).
 */
import { randomBytes } from 'node:crypto';
import { constants, realpathSync, statSync } from 'node:fs';
import { type FileHandle, open, readlink, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { ArgumentError, FileNotAllowedError, SocketError } from '../errors/classes.ts';
import { escapeText } from './address/escape.ts';

/** Folders, as the flags name them. */
export interface FolderGrants {
  readonly allowFsRead: readonly string[];
  readonly allowFsWrite: readonly string[];
}

/** A regular file that is open for reading. Who gets it closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
}

/** Linux can name what a descriptor stands for, whatever happens to the path meanwhile. */
const DESCRIPTORS = process.platform === 'linux' ? '/proc/self/fd' : null;
const MAX_PATH = 4_096;
/** Longest part of a file's name that the name of its temporary file repeats. */
const MAX_STEM = 100;

type Access = 'read' | 'write';

export class Files {
  /** No folder at all. `why` is the hint of its refusals. */
  static none(why: string | null = null): Files {
    return new Files([], [], why);
  }

  /** Raises ArgumentError for what is no folder. */
  static granted({ allowFsRead, allowFsWrite }: FolderGrants): Files {
    return new Files(allowFsRead.map(realFolder), allowFsWrite.map(realFolder), null);
  }

  readonly #read: readonly string[];
  readonly #write: readonly string[];
  readonly #why: string | null;

  private constructor(read: readonly string[], write: readonly string[], why: string | null) {
    this.#read = read;
    this.#write = write;
    this.#why = why;
  }

  /** Opens a file for reading. `what` names the option, for messages. Raises FileNotAllowedError and ArgumentError. */
  async openRead(path: string, what: string): Promise<OpenFile> {
    const absolute = readPath(path, what);
    const real = await this.#real(absolute, 'read', path, what);
    this.#check(real, 'read', path, what);
    // Not blocking: a pipe that has been put there must not hold us up.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() =>
      refuse(`${what}: ${escapeText(path)} can not be read`),
    );
    try {
      this.#check(await nowAt(handle, real), 'read', path, what);
      const stat = await handle.stat();
      if (!stat.isFile()) throw new FileNotAllowedError(`${what}: ${escapeText(path)} is no regular file`);
      return { handle, size: stat.size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Begins a file that appears under its name when it is whole. Raises FileNotAllowedError and ArgumentError. */
  async create(path: string, what: string): Promise<NewFile> {
    const absolute = readPath(path, what);
    const folder = await this.#real(dirname(absolute), 'write', path, what);
    this.#check(folder, 'write', path, what);
    const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(() =>
      refuse(`${what}: the folder of ${escapeText(path)} can not be opened`),
    );
    try {
      this.#check(await nowAt(handle, folder), 'write', path, what);
      return await NewFile.begin(handle, folder, basename(absolute), what);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The real path of what must be there. Outside of the folders, nothing is said of what there is. */
  async #real(absolute: string, access: Access, written: string, what: string): Promise<string> {
    try {
      return await realpath(absolute);
    } catch {
      this.#check(absolute, access, written, what);
      throw new ArgumentError(`${what}: there is no ${access === 'read' ? 'such file' : 'such folder'}`);
    }
  }

  #check(real: string, access: Access, written: string, what: string): void {
    const folders = access === 'read' ? this.#read : this.#write;
    if (folders.some((folder) => real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
      return;
    }
    throw new FileNotAllowedError(`${what}: ${escapeText(written)} is in no folder that may be ${WORDS[access]}`, {
      operation: what,
      hint: this.#why ?? `run again with --allow-fs-${access}=DIR`,
    });
  }
}

const WORDS: Readonly<Record<Access, string>> = { read: 'read', write: 'written to' };

function refuse(message: string): never {
  throw new FileNotAllowedError(message);
}

function realFolder(path: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch {
    // As one that is no folder.
  }
  throw new ArgumentError(`${escapeText(path)} is no folder`);
}

function readPath(path: string, what: string): string {
  if (path === '' || path.length > MAX_PATH || path.includes('\0')) throw new ArgumentError(`${what}: this is no path`);
  return resolve(path);
}

/** Where the open thing is now. */
async function nowAt(handle: FileHandle, opened: string): Promise<string> {
  return DESCRIPTORS === null ? await realpath(opened) : await readlink(`${DESCRIPTORS}/${handle.fd}`);
}

/** A file on its way: written under a temporary name in its own folder, then renamed in one step. */
export class NewFile {
  readonly #folder: FileHandle;
  readonly #file: FileHandle;
  readonly #temporary: string;
  readonly #final: string;
  readonly #what: string;

  private constructor(folder: FileHandle, file: FileHandle, temporary: string, final: string, what: string) {
    this.#folder = folder;
    this.#file = file;
    this.#temporary = temporary;
    this.#final = final;
    this.#what = what;
  }

  /** `folder` is open and has been checked; it is the file's from here on. */
  static async begin(folder: FileHandle, path: string, name: string, what: string): Promise<NewFile> {
    // Through the descriptor: the folder's path may lead elsewhere by now.
    const base = DESCRIPTORS === null ? path : `${DESCRIPTORS}/${folder.fd}`;
    const temporary = join(base, `.${name.slice(0, MAX_STEM)}.${randomBytes(8).toString('hex')}.part`);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = await open(temporary, flags, 0o666).catch((cause) => failed(what, cause));
    return new NewFile(folder, file, temporary, join(base, name), what);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at).catch((cause) => failed(this.#what, cause));
      at += bytesWritten;
    }
  }

  /** Gives it its name, in place of what was there. */
  async finish(): Promise<void> {
    await this.#file.close().catch((cause) => failed(this.#what, cause));
    await rename(this.#temporary, this.#final).catch((cause) => failed(this.#what, cause));
    await this.#folder.close();
  }

  /** Leaves nothing behind. Never raises. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
    await this.#folder.close().catch(() => {});
  }
}

function failed(what: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  throw new SocketError(`${what}: the file can not be written (${code})`, { systemCode: code, cause });
}
