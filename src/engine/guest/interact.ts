/**
 * A session in a script's thread: each question is an input to run, or a text to complete. Trusted code in the script's
 * thread; it only passes on.
 */
import {
  type Answer,
  CaspianSyntaxError,
  formatSyntaxError,
  formatUncaught,
  Interactive,
  parse,
  type RunLimits,
  type RuntimeHost,
} from '../../caspian/program.ts';
import type { GuestReport, Question, Reply } from './protocol.ts';

export function answering(host: RuntimeHost, limits: RunLimits, file: string): (question: Question) => GuestReport {
  const session = new Interactive(host, limits, file);
  return (question) => {
    if (question.kind === 'complete') return { kind: 'completion', completion: session.complete(question.text) };
    return { kind: 'reply', reply: replyTo(session, question.text, file) };
  };
}

function replyTo(session: Interactive, text: string, file: string): Reply {
  try {
    return shown(session.run(parse(text, { file })));
  } catch (thrown) {
    if (!(thrown instanceof CaspianSyntaxError)) throw thrown;
    return thrown.atEnd
      ? { kind: 'incomplete', text: formatSyntaxError(thrown) }
      : { kind: 'failed', text: formatSyntaxError(thrown) };
  }
}

function shown(answer: Answer): Reply {
  return answer.kind === 'failed' ? { kind: 'failed', text: formatUncaught(answer.error) } : answer;
}
