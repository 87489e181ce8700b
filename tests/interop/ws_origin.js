// A server with the package `ws`: a path for each thing that a client has to cope with. Also a proxy that opens
// tunnels, for those who know its password. Prints its port; what became of a connection goes to standard error, as
// JSON.
"use strict";
const http = require("node:http");
const net = require("node:net");
const { WebSocketServer } = require("ws");

const sockets = new WebSocketServer({
  noServer: true, perMessageDeflate: process.argv.includes("--deflate"), maxPayload: 0, autoPong: true,
  handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
});

const paths = {
  "/echo": (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),

  "/fragments"(socket) {
    socket.send("in ", { fin: false });
    socket.ping("between");
    socket.send("thr€€ ", { fin: false });
    socket.send("", { fin: false });
    socket.pong("unasked");
    socket.send("pieces", { fin: true });
    socket.send(Buffer.alloc(70000), { fin: false });
    socket.send(Buffer.alloc(5), { fin: true });
    socket.once("pong", (data) => {
      socket.send(`pong: ${data}`);
      socket.close(1000);
    });
  },

  "/large"(socket, query) {
    const size = Number(query.get("size"));
    socket.send(Buffer.alloc(size, "0123456789abcde"), { binary: true });
    socket.send(Buffer.alloc(size, "0123456789abcde"), { binary: false });
    socket.close(1000);
  },

  "/close": (socket, query) =>
    query.has("code") ? socket.close(Number(query.get("code")), query.get("reason") ?? "") : socket.close(),
  "/close-then": (socket) => socket.once("message", (data) => socket.close(4000, `after ${data}`)),
  "/terminate": (socket) => socket.terminate(),

  "/count"(socket) {
    const report = { messages: 0, octets: 0, pings: 0 };
    socket.on("message", (data) => { report.messages += 1; report.octets += data.length; });
    socket.on("ping", () => { report.pings += 1; });
    socket.on("close", (code, reason) => console.error(JSON.stringify({ ...report, code, reason: `${reason}` })));
  },
};

// What is answered instead of 101.
const refusals = {
  "/401": [401, { "WWW-Authenticate": 'Basic realm="a"' }],
  "/404": [404, {}],
  "/302": [302, { Location: "ws://elsewhere.example/chat" }],
  "/200": [200, { "Content-Type": "text/plain" }],
  "/503": [503, { "Retry-After": "10" }],
};

const server = http.createServer((request, response) => response.writeHead(426).end());

server.on("upgrade", (request, socket, head) => {
  const url = new URL(request.url, "http://a");
  const refusal = refusals[url.pathname];
  const needsLogin = url.pathname === "/private" && request.headers.authorization !== "Basic bWU6cGFzcw==";
  if (refusal !== undefined || needsLogin) {
    const [status, fields] = refusal ?? refusals["/401"];
    const response = new http.ServerResponse(request);
    response.assignSocket(socket);
    response.writeHead(status, { ...fields, Connection: "close" });
    response.end("this is not a WebSocket\n", () => socket.end());
    return;
  }
  const path = url.pathname === "/private" ? "/echo" : url.pathname;
  sockets.handleUpgrade(request, socket, head, (open) => {
    open.on("error", (error) => console.error(JSON.stringify({ error: error.message })));
    paths[path](open, url.searchParams);
  });
});

server.on("connect", (request, socket, head) => {
  if (request.headers["proxy-authorization"] !== "Basic bWU6cEBzcw==") {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n' +
               "Content-Length: 0\r\n\r\n");
    return;
  }
  console.error(JSON.stringify({ connect: request.url }));
  const { hostname, port } = new URL(`http://${request.url}`);
  const onward = net.connect(Number(port), hostname, () => {
    socket.write("HTTP/1.1 200 Connection Established\r\nVia: 1.1 p\r\n\r\n");
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
