//! A browser's side of HTTP/1.1, on a connection that is kept: enough to ask a server that is
//! known to be well-behaved, at so little cost that the server is what is measured.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// A connection to the portal.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body, still compressed if it was.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Connection {
    /// Connects.
    pub fn open(addr: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        // Millions of rows are answered when they are stored.
        stream.set_read_timeout(Some(Duration::from_secs(1_800)))?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
        })
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str, headers: &str) -> io::Result<Answer> {
        self.send("GET", path, headers, "")
    }

    /// Sends a request with `headers`, each of them ended by a line break, and a form.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        form: &str,
    ) -> io::Result<Answer> {
        let form_headers = format!("content-type: application/x-www-form-urlencoded\r\n{headers}");
        self.send_parts(method, path, &form_headers, &[form.as_bytes()])
    }

    /// Sends a request whose body is `parts`, one after the other.
    pub fn send_parts(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        parts: &[&[u8]],
    ) -> io::Result<Answer> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: portal\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        // A small request is one packet.
        if let (true, [part]) = (length < 1_400, parts) {
            let whole = [head.as_bytes(), part].concat();
            self.stream.get_mut().write_all(&whole)?;
            return self.answer();
        }
        self.stream.get_mut().write_all(head.as_bytes())?;
        for part in parts {
            self.stream.get_mut().write_all(part)?;
        }
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = Answer {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body: Vec::new(),
        };
        if answer.header("transfer-encoding") == Some("chunked") {
            while self.chunk(&mut answer.body)? {}
        } else if let Some(length) = answer.header("content-length") {
            let length = length.parse().map_err(io::Error::other)?;
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body)?;
        }
        Ok(answer)
    }

    /// Reads the next chunk; false after the last.
    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        let start = body.len();
        body.resize(start + length + 2, 0);
        self.stream.read_exact(&mut body[start..])?;
        body.truncate(start + length);
        Ok(length > 0)
    }
}
