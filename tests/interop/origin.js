// An HTTP server on Node with a path for each thing that a client or proxy has to cope with. Prints its port.
"use strict";
const crypto = require("crypto");
const http = require("http");
const net = require("net");

let connections = 0;
const seen = []; // "METHOD target" of each request

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

const paths = {
  "/hello": (request, response) => response.end("hello\n"),
  "/connections": (request, response) => response.end(String(connections)),
  "/seen": (request, response) => response.end(JSON.stringify(seen)),

  // All of the request, as JSON: what arrived, and whether it had to wait.
  async "/report"(request, response) {
    const hash = crypto.createHash("sha256");
    let octets = 0, pieces = 0;
    for await (const piece of request) {
      octets += piece.length;
      pieces += 1;
      hash.update(piece);
    }
    const { method, url, httpVersion, headers, rawHeaders, trailers } = request;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({
      method, url, httpVersion, headers, rawHeaders, trailers, octets, pieces,
      sha256: hash.digest("hex"), waited: Boolean(request.waited),
    }));
  },

  // Sends back what arrives while it arrives, with its trailers.
  "/echo"(request, response) {
    response.setHeader("Trailer", "X-Sum");
    request.on("data", (piece) => response.write(piece));
    request.on("end", () => {
      response.addTrailers(request.trailers);
      response.end();
    });
  },

  async "/chunked"(request, response, query) {
    const count = Number(query.get("count") || 5);
    for (let n = 0; n < count; ++n) {
      response.write(`piece ${n}\n`);
      await wait(Number(query.get("ms") || 0));
    }
    response.end();
  },

  "/trailers"(request, response) {
    response.setHeader("Trailer", "X-Sum, X-Count");
    response.write("first\n");
    response.write("second\n");
    response.addTrailers({ "X-Sum": "abc", "X-Count": "2" });
    response.end();
  },

  async "/early-hints"(request, response) {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    await wait(50);
    response.writeProcessing();
    response.end("after the hints\n");
  },

  "/until-close"(request) {
    request.socket.end("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + "until the end\n".repeat(1000));
  },
  // Announces more than it sends.
  "/cut"(request) {
    request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  },
  "/cut-chunked"(request) {
    request.socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
  },
  "/broken"(request) {
    request.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd");
  },
  "/silent"() {},
  "/stall"(request, response) {
    response.setHeader("Content-Length", "100");
    response.write("half");
  },

  // Answers before the request's body was read, and never reads it.
  "/refuse"(request, response) {
    response.writeHead(413, { Connection: "close", "Content-Type": "text/plain" });
    response.end("too much\n");
  },

  "/status"(request, response, query) {
    const fields = query.has("to") ? { Location: query.get("to") } : {};
    response.writeHead(Number(query.get("code")), fields);
    response.end(query.get("code") === "204" || query.get("code") === "304" ? undefined : "as you like\n");
  },

  async "/large"(request, response, query) {
    const piece = Buffer.alloc(65536);
    let left = Number(query.get("size"));
    if (query.get("chunked") !== "1") response.setHeader("Content-Length", left);
    for (let n = 0; left > 0 && !response.destroyed; ++n) {
      piece.fill(n & 255);
      const size = Math.min(left, piece.length);
      left -= size;
      if (!response.write(Buffer.from(piece.subarray(0, size))))
        await new Promise((done) => { response.once("drain", done); response.once("close", done); });
    }
    response.end();
  },
};

function serve(request, response) {
  seen.push(`${request.method} ${request.url}`);
  if (/^http:/.test(request.url)) return forward(request, response);
  const url = new URL(request.url, "http://origin");
  const answer = paths[url.pathname];
  if (answer) return answer(request, response, url.searchParams);
  response.writeHead(404);
  response.end("not here\n");
}

// As a proxy: absolute-form, and CONNECT. Wants to know who asks where the target says so.
const allowed = "Basic " + Buffer.from("proxy:secret").toString("base64");

function forward(request, response) {
  const { "proxy-authorization": who, ...headers } = request.headers;
  if (who !== allowed) {
    response.writeHead(407, { "Proxy-Authenticate": 'Basic realm="lab"' });
    return response.end("who are you?\n");
  }
  const onward = http.request(request.url, { method: request.method, headers }, (got) => {
    response.writeHead(got.statusCode, { ...got.headers, Via: "1.1 lab" });
    got.pipe(response);
  });
  request.pipe(onward);
}

const server = http.createServer(serve);
server.keepAliveTimeout = 60000;
server.on("connection", (socket) => { connections += 1; socket.on("error", () => {}); });
server.on("clientError", (error, socket) => socket.destroy());
server.on("checkContinue", async (request, response) => {
  if (request.url.startsWith("/refuse")) return serve(request, response);
  await wait(200);
  request.waited = true;
  response.writeContinue();
  serve(request, response);
});
server.on("connect", (request, socket, head) => {
  seen.push(`CONNECT ${request.url}`);
  socket.on("error", () => {});
  if (request.headers["proxy-authorization"] !== allowed) {
    return socket.end('HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="lab"\r\nContent-Length: 0\r\n\r\n');
  }
  const [host, port] = request.url.split(":");
  const onward = net.connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 Through\r\n\r\n");
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  onward.on("error", () => socket.end("HTTP/1.1 502 No Way\r\nContent-Length: 0\r\n\r\n"));
});
// A protocol of its own: every octet comes back as a capital letter. The first words come with the 101.
server.on("upgrade", (request, socket, head) => {
  socket.on("error", () => {});
  if (request.headers.upgrade !== "shout") {
    return socket.end("HTTP/1.1 426 Shout\r\nConnection: Upgrade, close\r\nUpgrade: shout\r\n"
      + "Content-Length: 0\r\n\r\n");
  }
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nLISTENING\n");
  const shout = (data) => socket.write(data.toString("latin1").toUpperCase(), "latin1");
  if (head.length) shout(head);
  socket.on("data", shout);
  socket.on("end", () => socket.end());
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
