//! httparse behind the signatures of http_peers.hpp.

use httparse::{parse_chunk_size, Header, Request, Response, Status, EMPTY_HEADER};
use std::mem::MaybeUninit;

/// The same as user_framing in http_peers.hpp.
#[derive(Default)]
struct Framing {
    length: u64,
    hosts: u32,
    has_length: bool,
    chunked: bool,
    close: bool,
    keep_alive: bool,
    upgrade: bool,
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

impl Framing {
    fn add(&mut self, name: &[u8], value: &[u8]) -> bool {
        match name.len() {
            4 => {
                if name.eq_ignore_ascii_case(b"host") {
                    self.hosts += 1
                }
                true
            }
            10 => {
                if name.eq_ignore_ascii_case(b"connection") {
                    for option in value.split(|c| *c == b',') {
                        let option = trim(option);
                        self.close |= option.eq_ignore_ascii_case(b"close");
                        self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                        self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
                    }
                }
                true
            }
            14 => !name.eq_ignore_ascii_case(b"content-length") || self.declared(value),
            17 => {
                if !name.eq_ignore_ascii_case(b"transfer-encoding") {
                    return true;
                }
                let last = value.rsplit(|c| *c == b',').next().unwrap_or(value);
                self.chunked = trim(last).eq_ignore_ascii_case(b"chunked");
                self.chunked
            }
            _ => true,
        }
    }

    fn declared(&mut self, value: &[u8]) -> bool {
        if value.is_empty() || value.len() > 19 {
            return false;
        }
        let mut n = 0u64;
        for c in value {
            if !c.is_ascii_digit() {
                return false;
            }
            n = n * 10 + u64::from(c - b'0');
        }
        if self.has_length && n != self.length {
            return false;
        }
        self.has_length = true;
        self.length = n;
        true
    }

    fn good(&self, response: bool) -> bool {
        (response || self.hosts == 1) && !(self.chunked && self.has_length)
    }
}

fn framed(headers: &[Header], response: bool) -> bool {
    let mut f = Framing::default();
    for h in headers {
        if !f.add(h.name.as_bytes(), h.value) {
            return false;
        }
    }
    std::hint::black_box(&f);
    f.good(response)
}

/// How many heads `bytes` consists of; 0 if one is refused.
fn heads(mut bytes: &[u8], response: bool, with_framing: bool) -> usize {
    let mut count = 0;
    while !bytes.is_empty() {
        let mut table = [const { MaybeUninit::<Header>::uninit() }; 100];
        let size;
        if response {
            let mut r = Response::new(&mut []);
            size = match httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut r, bytes, &mut table) {
                Ok(Status::Complete(n)) => n,
                _ => return 0,
            };
            if with_framing && !framed(r.headers, true) {
                return 0;
            }
            std::hint::black_box(&r);
        } else {
            let mut r = Request::new(&mut []);
            size = match r.parse_with_uninit_headers(bytes, &mut table) {
                Ok(Status::Complete(n)) => n,
                _ => return 0,
            };
            if with_framing && !framed(r.headers, false) {
                return 0;
            }
            std::hint::black_box(&r);
        }
        bytes = &bytes[size..];
        count += 1;
    }
    count
}

/// # Safety
/// `data` has `size` octets.
#[no_mangle]
pub unsafe extern "C" fn coax_httparse_heads(data: *const u8, size: usize, response: bool, framing: bool) -> usize {
    heads(std::slice::from_raw_parts(data, size), response, framing)
}

/// # Safety
/// `data` has `size` octets.
#[no_mangle]
pub unsafe extern "C" fn coax_httparse_pieces(data: *const u8, size: usize, piece: usize) -> bool {
    let head = std::slice::from_raw_parts(data, size);
    let mut there = 0;
    while there < head.len() {
        there = (there + piece).min(head.len());
        let mut table = [EMPTY_HEADER; 100];
        match Request::new(&mut table).parse(&head[..there]) {
            Ok(Status::Complete(_)) => return true,
            Ok(Status::Partial) => {}
            Err(_) => return false,
        }
    }
    false
}

/// # Safety
/// `data` has `size` octets.
#[no_mangle]
pub unsafe extern "C" fn coax_httparse_chunked(data: *const u8, size: usize) -> usize {
    let body = std::slice::from_raw_parts(data, size);
    let (mut at, mut payload) = (0, 0);
    loop {
        let (line, length) = match parse_chunk_size(&body[at..]) {
            Ok(Status::Complete(found)) => found,
            _ => return 0,
        };
        at += line;
        if length == 0 {
            let mut table = [EMPTY_HEADER; 16];
            return match httparse::parse_headers(&body[at..], &mut table) {
                Ok(Status::Complete(_)) => payload,
                _ => 0,
            };
        }
        let end = at + length as usize;
        if body.len() < end + 2 || body[end..end + 2] != *b"\r\n" {
            return 0;
        }
        std::hint::black_box(&body[at..end]);
        payload += length as usize;
        at = end + 2;
    }
}
