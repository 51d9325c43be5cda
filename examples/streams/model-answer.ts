/**
 * The answer of a language model while it is being written: a POST whose answer is a stream of events. Nothing is asked
 * twice by itself: that would be paid for twice.
 * run: node examples/streams/model-answer.ts 127.0.0.1:8600 s3cret
 */
import { Grants, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, key] = argumentsFor('HOST:PORT', 'KEY');
await using net = openNet(Grants.parse({ allowNet: [host] }));
await using answer = await net.eventSource(`http://${host}/v1/answers`, {
  method: 'POST',
  auth: { bearer: key },
  bodyJson: { prompt: 'What falls?', stream: true },
  timeout: 10,
});

let text = '';
for await (const { event, data } of answer) {
  const said = JSON.parse(data);
  if (event === 'delta') text += said.text;
  else if (event === 'error') throw new Error(said.message);
  else if (event === 'done') console.log(`${text}\n${said.tokens} tokens`);
}
console.log(answer.closed);
//=> The rain falls.
//=> 4 tokens
//=> true
