import { runAsWorker } from 'synckit';
import { request } from 'undici';

runAsWorker(async (url) => {
  const { statusCode, body } = await request(url);
  return { status: statusCode, bytes: await body.bytes() };
});
