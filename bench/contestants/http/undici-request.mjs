/** GETs by undici's `request`, awaited, over its keep-alive agent. */
import { request } from 'undici';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [url, size] = process.argv.slice(2);

async function get() {
  const { statusCode, body } = await request(url);
  const bytes = await body.bytes();
  if (statusCode !== 200 || bytes.length !== Number(size)) throw new Error('not the body');
}

await answerRounds((ms) => rateAwaited(ms, get));
