/**
 * A client for a paged API: credentials that stay with it, pages followed by their Link header, errors that say what to do.
 *
 * run: node examples/http/api-client.ts http://127.0.0.1:8600 s3cret
 */
import { Grants, HttpStatusError, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [base, token] = argumentsFor('URL', 'TOKEN');
await using net = openNet(Grants.parse({ allowNet: [new URL(base).host] }));
const shop = net.http.client.new({ baseUrl: base, auth: { bearer: token }, retry: 3, timeout: 10 });

const names: string[] = [];
for (let page: string | undefined = '/products?page=1'; page !== undefined; ) {
  const response = (await shop.get(page)).raiseForStatus();
  const products = (await response.json()) as { name: string }[];
  names.push(...products.map(({ name }) => name));
  page = /<([^>]+)>; rel="next"/.exec(response.header('Link') ?? '')?.[1];
}
console.log(`${names.length} products: ${names.join(', ')}`);
//=> 5 products: cup, jug, mug, pan, pot

// 4xx and 5xx are responses; `raiseForStatus` makes an exception of one.
const made = await shop.post('/products', null, { bodyJson: { name: '' } });
console.log(`${made.status}: ${((await made.json()) as { error: string }).error}`);
//=> 422: a product needs a name
try {
  (await shop.delete('/products/99')).raiseForStatus();
} catch (error) {
  if (error instanceof HttpStatusError) console.log(error.message, error.status);
}
//=> 404 Not Found 404

// Answers with 503 at first: `retry: 3` asks again.
console.log(((await (await shop.get('/stock')).json()) as { pots: number }).pots);
//=> 7
