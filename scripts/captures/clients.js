// The Node clients of the captures: node clients.js EXCHANGE URL
'use strict';
const assert = require('assert');
const http = require('http');

function ask(url, options, body) {
  return new Promise((resolve, reject) => {
    const seen = { interim: [] };
    const request = http.request(url, options);
    request.on('information', (info) => seen.interim.push(info.statusCode));
    request.on('continue', () => request.end(body));
    request.on('error', reject);
    request.on('response', (response) => {
      seen.text = '';
      response.setEncoding('latin1').on('data', (part) => { seen.text += part; });
      response.on('end', () => resolve(Object.assign(seen, { response })));
    });
    if (!(options.headers && options.headers.Expect)) request.end(body);
    else request.flushHeaders();
  });
}

const exchanges = {
  async trailers(url) {
    const agent = new http.Agent({ keepAlive: false });
    const headers = { TE: 'trailers', Connection: 'close, TE' };
    const { response, text } = await ask(`${url}/trailers`, { agent, headers });
    assert.strictEqual(text, 'first line\nsecond line\n');
    assert.strictEqual(response.trailers['x-checksum'], 'abc123');
  },

  async hints(url) {
    const body = 'a body that waits for permission\n';
    const headers = { Expect: '100-continue', 'Content-Length': body.length };
    const { interim, response } = await ask(`${url}/hints`, { method: 'POST', headers }, body);
    assert.deepStrictEqual(interim, [100, 103]);
    assert.strictEqual(response.statusCode, 200);
  },

  async pipelined(url) {
    const { Client } = require('undici');
    const client = new Client(url, { pipelining: 10 });
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7];
    const answers = await Promise.all(numbers.map(async (number) => {
      const path = `/pipelined/${number}`;
      const { body } = await client.request({ path, method: 'GET', blocking: false });
      return body.text();
    }));
    answers.forEach((text, number) => {
      assert.ok(number % 3 === 2 ? text === '' : text.endsWith(`${number}\n`));
    });
    await client.close();
  },

  async websocket(url) {
    const { WebSocket } = require('ws');
    const socket = new WebSocket(url.replace('http:', 'ws:'));
    const next = (event) => new Promise((resolve) => socket.once(event, resolve));
    await next('open');
    socket.send('hello over a websocket');
    assert.strictEqual(String(await next('message')), 'hello over a websocket');
    socket.send(Buffer.from([0, 1, 2, 253, 254, 255]));
    assert.strictEqual((await next('message')).length, 6);
    socket.ping('are you there');
    await next('pong');
    socket.close(1000, 'done');
    await next('close');
  },
};

exchanges[process.argv[2]](process.argv[3]).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
