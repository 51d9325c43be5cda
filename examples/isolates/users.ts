// run: caspian --allow-net=127.0.0.1:8600 examples/isolates/users.ts http://127.0.0.1:8600
// A script in TypeScript: `net` blocks, `fetch` does not; both reach what the flags grant and no more.
import { type City, describe } from './lib/city.ts';

declare const net: { fetch(url: string): { status: number; json(): unknown } };
declare const argv: string[];

const [origin] = argv;
const blocking = net.fetch(`${origin}/cities`);
console.log(blocking.status, (blocking.json() as City[]).map(describe).join(', '));

const response = await fetch(`${origin}/cities`);
console.log(response.ok, response.headers.get('content-type'));

try {
  await fetch('http://example.com/');
} catch (error) {
  console.log((error as Error & { cause: { code: string } }).cause.code);
}
//=> 200 Baku has 2344000 people, Rasht has 679000 people, Astrakhan has 475000 people
//=> true application/json
//=> NET_HOST_NOT_ALLOWED
