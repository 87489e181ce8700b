// The Node server of the captures. Prints its port, then answers until it is ended.
'use strict';
const http = require('http');
const { WebSocketServer } = require('ws');

const routes = {
  '/trailers': (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', Trailer: 'X-Lines, X-Checksum' });
    response.write('first line\n');
    response.write('second line\n');
    response.addTrailers({ 'X-Lines': '2', 'X-Checksum': 'abc123' });
    response.end();
  },

  // Node has sent 100 Continue by itself when the client asked for it.
  '/hints': (request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeEarlyHints({ link: ['</page.css>; rel=preload; as=style',
        '</page.js>; rel=preload; as=script'] });
      setTimeout(() => response.end('the answer after the hints\n'), 50);
    });
  },

  '/echo': (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('Set-Cookie', ['first=1', 'second=2; Path=/']);
      response.end(JSON.stringify({ method: request.method, length: body.length }) + '\n');
    });
  },
};

// Three kinds of answers; the first one waits, so that the other requests queue up.
function answerPipelined(number, response) {
  const kinds = [
    () => response.setHeader('Content-Length', 12).end(`answer ${String(number).padStart(4)}\n`),
    () => { response.write('chunked '); response.end(`answer ${number}\n`); },
    () => { response.statusCode = 204; response.end(); },
  ];
  setTimeout(kinds[number % 3], number === 0 ? 200 : 0);
}

const server = http.createServer((request, response) => {
  const pipelined = /^\/pipelined\/(\d+)$/.exec(request.url);
  if (pipelined) return answerPipelined(Number(pipelined[1]), response);
  if (routes[request.url]) return routes[request.url](request, response);
  response.writeHead(404).end();
});

// /echo/compressed agrees on compression, with a window of its own, and compresses each message by itself.
// /sizes answers with how many octets came; all others echo.
const plain = new WebSocketServer({ noServer: true });
const compressed = new WebSocketServer({
  noServer: true,
  perMessageDeflate: { threshold: 0, serverNoContextTakeover: true, clientMaxWindowBits: 12 },
});
server.on('upgrade', (request, socket, head) => {
  const sockets = request.url === '/echo/compressed' ? compressed : plain;
  sockets.handleUpgrade(request, socket, head, (websocket) => {
    websocket.on('message', (data, isBinary) => {
      if (request.url === '/sizes') websocket.send(String(data.length));
      else websocket.send(data, { binary: isBinary });
    });
  });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
