/**
 * The servers of an app that is a bad neighbour, in a process of their own: /ok answers at once, /never not at all, /slow
 * after a while, /drip a byte at a time, /big with what the cap lets through, /bomb with little that decodes to much.
 * Sends its port to the process that started it, and ends with it.
 */
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

const MIB = 1_048_576;
const BIG = Buffer.alloc(5 * MIB - 1, 'caspian ');
const BOMB = gzipSync(Buffer.alloc(200 * MIB));
const DRIP_MS = 20;
const SLOW_MS = 300;

const answers = {
  '/ok': (response) => response.end('ok'),
  '/never': () => {},
  '/slow': (response) => setTimeout(() => response.end('ok'), SLOW_MS),
  '/drip': (response) => {
    const drip = setInterval(() => response.write('x'), DRIP_MS);
    response.on('close', () => clearInterval(drip));
  },
  '/big': (response) => response.writeHead(200, { 'content-length': BIG.length }).end(BIG),
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
};

const server = createServer(({ url }, response) => answers[url](response));
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
