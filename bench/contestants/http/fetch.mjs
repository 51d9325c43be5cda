/** GETs by the `fetch` that the runtime brings: Node, Deno or Bun. */
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [url, size] = process.argv.slice(2);

async function get() {
  const response = await fetch(url);
  const bytes = await response.arrayBuffer();
  if (response.status !== 200 || bytes.byteLength !== Number(size)) throw new Error('not the body');
}

await answerRounds((ms) => rateAwaited(ms, get));
