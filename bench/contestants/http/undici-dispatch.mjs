/** GETs by the `dispatch` of one undici Client, with the barest handler: what undici can do at best. */
import { Client } from 'undici';
import { answerRounds, rateAwaited } from '../rounds.mjs';

const [url, size] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const client = new Client(origin);

function get() {
  return new Promise((resolve, reject) => {
    const pieces = [];
    let status = 0;
    client.dispatch(
      { method: 'GET', path: pathname },
      {
        onRequestStart() {},
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, piece) => pieces.push(piece),
        onResponseEnd: () => {
          const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
          if (status === 200 && bytes.length === Number(size)) resolve(bytes);
          else reject(new Error('not the body'));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

await answerRounds((ms) => rateAwaited(ms, get));
