/**
 * What passes between an engine and the thread that it starts for a script, beside the link. Both sides read it.
 */
import type { Outcome } from '../../caspian/program.ts';
import type { LinkGuest } from '../../net/serve/serve-net.ts';
import type { WireValue } from '../../wire/codec.ts';

/** `run` runs the script; `inspect` reads it and says what its `%engine.config` asks for. */
export type GuestTask = 'run' | 'inspect';

/** What the thread is started with. Plain data, and the link's two ends of shared memory and port. */
export interface GuestStart {
  readonly task: GuestTask;
  readonly source: string;
  /** What messages call the script. */
  readonly file: string;
  readonly args: readonly string[];
  readonly link: LinkGuest;
  /** Whether handle 0 of the link is a net; without one `%net` is null for every role. */
  readonly hasNet: boolean;
  /** `inherit`: the thread writes to the process's own streams; `link`: through the engine. */
  readonly output: 'inherit' | 'link';
  /** Whether the engine wants to hear what `%engine.config` asks for before the script runs. */
  readonly announcesConfig: boolean;
  readonly callDepth: number | null;
  readonly outputBytes: number | null;
  readonly memoryBytes: number | null;
}

/** What the thread says at its end, once. */
export type GuestReport =
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly stderr: string }
  /** Nothing was run: the script can be read, and this is what it asks for. */
  | { readonly kind: 'config'; readonly config: WireValue; readonly warnings: readonly string[] }
  /** The script could not be read; `shown` is the message with line and caret. */
  | {
      readonly kind: 'syntax';
      readonly shown: string;
      readonly message: string;
      readonly line: number;
      readonly hint: string | null;
    };
