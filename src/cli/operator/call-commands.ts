/**
 * `fetch` and `cache`: a call from the shell, and what is kept of responses. Trusted side.
 */
import { readTarget } from '../../egress/policy/explain.ts';
import { checkSecretName } from '../../egress/secrets/secrets.ts';
import type { Net } from '../../net/net.ts';
import { AS_APP, type Given, OPERATOR, type OperatorCommand, type Step, value } from './command.ts';
import { print } from './standard-output.ts';

type Response = Awaited<ReturnType<Net['fetch']>>;

/** One call as an app would make it: the body on standard output, the rest on standard error. */
function fetchUrl(given: Given): Step {
  const [app, url, auth] = [given.app ?? OPERATOR, given.text('url'), given.optional('auth')];
  readTarget(url);
  if (auth !== undefined) checkSecretName(auth);
  return async ({ egress, output, signal }) => {
    const response = await egress.net({ app }).fetch(url, { signal, ...(auth === undefined ? {} : { auth }) });
    if (output.json) await output.done('', await fieldsOf(response));
    else {
      process.stderr.write(`${response.status} ${response.reason}\n`);
      for await (const chunk of response) await print(chunk);
    }
    return response.ok ? 0 : 1;
  };
}

async function fieldsOf(response: Response) {
  const { status, reason, url, headers, fromCache } = response;
  return { status, reason, url, headers, fromCache, ...textOf(await response.bytes()) };
}

/** What is no UTF-8 crosses as base64. */
function textOf(bytes: Uint8Array): { readonly body: string; readonly encoding: 'utf8' | 'base64' } {
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), encoding: 'utf8' };
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
}

function cacheStats(): Step {
  return async ({ egress, output }) => {
    await output.fields({ ...(await egress.cacheStats()) });
    return 0;
  };
}

function clearCache(given: Given): Step {
  const { host } = given;
  return async ({ egress, output }) => {
    const cleared = await egress.clearCache({ host });
    await output.done(cleared === 1 ? '1 entry is gone' : `${cleared} entries are gone`, { cleared, host });
    return 0;
  };
}

export const CALL_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'fetch <url>',
    doc: 'make a call as an app would, and print the body',
    options: { app: AS_APP, auth: value('the name of a secret to send along') },
    effect: 'looks',
    prepare: fetchUrl,
  },
  { form: 'cache stats', doc: 'entries and bytes', options: {}, effect: 'looks', prepare: cacheStats },
  {
    form: 'cache clear',
    doc: 'empty the cache, or the part of one host',
    options: { host: value('of this host alone') },
    effect: 'changes',
    prepare: clearCache,
  },
];
