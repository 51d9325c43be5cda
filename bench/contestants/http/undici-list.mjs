/** Lists of 1,000 GETs by undici's `request`, 50 of them under way at once: the loop that one writes for it. */
import { request } from 'undici';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const LIST = 1_000;
const LIMIT = 50;
const [url, size] = process.argv.slice(2);

async function getAll() {
  const list = Array.from({ length: LIST }, () => url);
  const results = new Array(LIST);
  let next = 0;
  const work = async () => {
    while (next < list.length) {
      const at = next++;
      const { statusCode, body } = await request(list[at]);
      results[at] = { statusCode, bytes: await body.bytes() };
    }
  };
  await Promise.all(Array.from({ length: LIMIT }, work));
  for (const { statusCode, bytes } of results) {
    if (statusCode !== 200 || bytes.length !== Number(size)) throw new Error('not the body');
  }
}

await answerRounds(async (ms) => {
  const { value } = await rateAwaited(ms, getAll);
  return { value: value * LIST };
});
