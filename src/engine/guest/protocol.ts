/**
 * What passes between an engine and the thread that it starts for a script, beside the link. Both sides read it.
 */
import type { Completion, Outcome } from '../../caspian/program.ts';
import type { LinkGuest } from '../../net/serve/serve-net.ts';
import type { WireValue } from '../../wire/codec.ts';

/** `run` runs the script; `inspect` reads it and says what its `%engine.config` asks for; `interact` answers questions. */
export type GuestTask = 'run' | 'inspect' | 'interact';

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
  /** Of a session: a word that is not 0 once the input that runs is to stop; else null. */
  readonly interrupt: SharedArrayBuffer | null;
  readonly callDepth: number | null;
  readonly outputBytes: number | null;
  readonly memoryBytes: number | null;
}

/** What a session is asked, one after the other. */
export interface Question {
  readonly kind: 'run' | 'complete';
  readonly text: string;
}

/** How an input of a session ended. */
export type Reply =
  | { readonly kind: 'value'; readonly shown: string | null }
  | { readonly kind: 'exit'; readonly code: number }
  /** It could not be read, or raised something, or met an alarm: what a launcher prints. */
  | { readonly kind: 'failed'; readonly text: string }
  /** It ends where more has to stand; `text` says what is missing. */
  | { readonly kind: 'incomplete'; readonly text: string };

/** What the thread says at its end, once; of a session, one answer for each question. */
export type GuestReport =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'completion'; readonly completion: Completion }
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
