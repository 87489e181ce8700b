// What the browser is sent.
#pragma once

#include <string_view>

namespace ws_chat {

inline constexpr std::string_view page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chat</title>
<link rel="icon" href="data:,">
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
  form { display: flex; gap: .5rem; }
  input { font: inherit; padding: .25rem .5rem; min-width: 0; }
  #text { flex: 1; }
  ol { list-style: none; padding: 0; }
  .own { color: #567; }
  .note { color: #999; }
</style>
<form>
  <input id="name" value="me" size="8" aria-label="Name">
  <input id="text" aria-label="Message" autocomplete="off" autofocus>
  <button>Say</button>
</form>
<ol id="said"></ol>
<script>
"use strict";
const by = (id) => document.getElementById(id);
const show = (text, kind) => {
  const line = document.createElement("li");
  line.textContent = text;
  line.className = kind;
  by("said").prepend(line);
};
const socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/[^/]*$/, "chat"));
socket.onopen = () => show("You are in.", "note");
socket.onmessage = (message) => show(message.data, "other");
socket.onclose = (end) => show(`The server is gone (${end.code} ${end.reason}).`, "note");
document.querySelector("form").onsubmit = (event) => {
  event.preventDefault();
  const line = `${by("name").value}: ${by("text").value}`;
  socket.send(line);
  show(line, "own");
  by("text").value = "";
};
</script>
</html>
)";

} // namespace ws_chat
