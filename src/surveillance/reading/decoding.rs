//! From bytes to characters, piece by piece.

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Encoding, FaultCode, FileFault};

/// Turns bytes into text however they are cut into pieces.
pub(super) struct Decoding {
    state: State,
    /// Bytes taken so far.
    taken: u64,
    /// A character of UTF-8, or a byte order mark, that the last piece cut in two.
    pending: Vec<u8>,
}

enum State {
    /// Nothing has come, or too little to tell a byte order mark.
    Start,
    Utf8 {
        /// The file said so itself, or has a character that nothing else would write.
        certain: bool,
    },
    Other {
        encoding: Encoding,
        decoder: Decoder,
    },
}

impl Decoding {
    pub(super) fn new() -> Self {
        Self {
            state: State::Start,
            taken: 0,
            pending: Vec::new(),
        }
    }

    /// The encoding, as far as it has shown itself.
    pub(super) fn encoding(&self) -> Encoding {
        match &self.state {
            State::Start | State::Utf8 { .. } => Encoding::Utf8,
            State::Other { encoding, .. } => *encoding,
        }
    }

    /// Adds the piece's characters to `text`. `last` says that nothing follows.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        last: bool,
        text: &mut String,
    ) -> Result<(), FileFault> {
        let joined;
        let mut bytes = piece;
        let mut at = self.taken;
        if !self.pending.is_empty() {
            at -= self.pending.len() as u64;
            let mut whole = std::mem::take(&mut self.pending);
            whole.extend_from_slice(piece);
            joined = whole;
            bytes = &joined;
        }
        self.taken += piece.len() as u64;
        if matches!(self.state, State::Start) {
            if bytes.len() < 3 && !last {
                self.pending = bytes.to_vec();
                return Ok(());
            }
            let (state, mark) = match bytes {
                [0xef, 0xbb, 0xbf, ..] => (State::Utf8 { certain: true }, 3),
                [0xff, 0xfe, ..] => (other(Encoding::Utf16Le), 2),
                [0xfe, 0xff, ..] => (other(Encoding::Utf16Be), 2),
                _ => (State::Utf8 { certain: false }, 0),
            };
            self.state = state;
            bytes = &bytes[mark..];
            at += mark as u64;
        }
        self.decode(bytes, at, last, text)
    }

    fn decode(
        &mut self,
        bytes: &[u8],
        at: u64,
        last: bool,
        text: &mut String,
    ) -> Result<(), FileFault> {
        match &mut self.state {
            State::Other { encoding, decoder } => {
                let wide = !matches!(encoding, Encoding::Windows1252 { .. });
                if !wide {
                    no_nul(bytes, at)?;
                }
                // Blocks, so that the room needed stays small beside the piece.
                for block in bytes.chunks(BLOCK) {
                    transcode(decoder, block, false, wide, text)?;
                }
                if last {
                    transcode(decoder, &[], true, wide, text)?;
                }
                Ok(())
            }
            State::Start => Ok(()),
            State::Utf8 { certain } => {
                let (valid, rest, cut) = match std::str::from_utf8(bytes) {
                    Ok(valid) => (valid, &b""[..], false),
                    Err(error) => {
                        let (valid, rest) = bytes.split_at(error.valid_up_to());
                        let valid = std::str::from_utf8(valid).unwrap_or_default();
                        (valid, rest, error.error_len().is_none() && !last)
                    }
                };
                no_nul(valid.as_bytes(), at)?;
                *certain |= !valid.is_ascii();
                text.push_str(valid);
                if cut {
                    self.pending = rest.to_vec();
                    return Ok(());
                }
                if rest.is_empty() {
                    return Ok(());
                }
                let first = at + valid.len() as u64;
                if *certain {
                    return Err(FileFault::new(
                        FaultCode::MixedEncoding,
                        format!(
                            "the file is UTF-8 up to byte {first}, and what stands there is not; \
                             it may have been put together from two files"
                        ),
                        "save it as CSV UTF-8 and upload it again",
                    )
                    .at_byte(first));
                }
                self.state = other(Encoding::Windows1252 { first });
                self.decode(rest, first, last, text)
            }
        }
    }
}

/// Makes every line end `\n`, the last one too, so that lines can be counted.
#[derive(Default)]
pub(super) struct Lines {
    /// The last piece ended in `\r`, which was given out as `\n`.
    after_return: bool,
    /// The last line has not ended.
    open: bool,
}

impl Lines {
    /// The piece with other line ends. `last` says that nothing follows.
    pub(super) fn pass(&mut self, mut text: String, last: bool) -> String {
        if self.after_return && text.starts_with('\n') {
            text.remove(0);
            self.after_return = false;
        }
        if !text.is_empty() {
            self.after_return = text.ends_with('\r');
            if text.contains('\r') {
                text = text.replace("\r\n", "\n").replace('\r', "\n");
            }
            self.open = !text.ends_with('\n');
        }
        if last && self.open {
            text.push('\n');
        }
        text
    }
}

const BLOCK: usize = 64 * 1024;

fn other(encoding: Encoding) -> State {
    let decoder = match encoding {
        Encoding::Utf16Le => UTF_16LE.new_decoder_without_bom_handling(),
        Encoding::Utf16Be => UTF_16BE.new_decoder_without_bom_handling(),
        _ => WINDOWS_1252.new_decoder_without_bom_handling(),
    };
    State::Other { encoding, decoder }
}

/// Adds the bytes' characters to `text`. In UTF-16, `wide`, not all bytes are characters.
fn transcode(
    decoder: &mut Decoder,
    mut bytes: &[u8],
    last: bool,
    wide: bool,
    text: &mut String,
) -> Result<(), FileFault> {
    loop {
        let room = decoder
            .max_utf8_buffer_length(bytes.len())
            .unwrap_or(bytes.len().saturating_mul(3))
            .max(16);
        text.reserve(room);
        let before = text.len();
        let (result, read, bad) = decoder.decode_to_string(bytes, text, last);
        bytes = &bytes[read..];
        if wide && (bad || text[before..].contains('\0')) {
            return Err(FileFault::new(
                FaultCode::BrokenUtf16,
                "the file starts as UTF-16, and later has bytes that are not text",
                "save it as CSV UTF-8 and upload it again",
            ));
        }
        if result == CoderResult::InputEmpty {
            return Ok(());
        }
    }
}

fn no_nul(bytes: &[u8], at: u64) -> Result<(), FileFault> {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(position) => Err(nul(at + position as u64)),
        None => Ok(()),
    }
}

fn nul(byte: u64) -> FileFault {
    FileFault::new(
        FaultCode::NulByte,
        format!("byte {byte} of the file is NUL, which no text has; it may be damaged"),
        "save it as CSV UTF-8 and upload it again",
    )
    .at_byte(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<(String, Encoding), FileFault> {
        let mut decoding = Decoding::new();
        let mut text = String::new();
        for piece in pieces {
            decoding.push(piece, false, &mut text)?;
        }
        decoding.push(b"", true, &mut text)?;
        Ok((text, decoding.encoding()))
    }

    #[test]
    fn lines_end_alike_wherever_they_are_cut() {
        let text = "a\r\nb\r\n\r\nc\rd\ne";
        for cut in 0..=text.len() {
            let mut lines = Lines::default();
            let mut passed = lines.pass(text[..cut].to_owned(), false);
            passed += &lines.pass(text[cut..].to_owned(), false);
            passed += &lines.pass(String::new(), true);
            assert_eq!(passed, "a\nb\n\nc\nd\ne\n", "{cut}");
        }
    }

    #[test]
    fn utf16_is_told_by_its_mark_wherever_it_is_cut() {
        for (mark, encoding) in [(true, Encoding::Utf16Le), (false, Encoding::Utf16Be)] {
            let bytes: Vec<u8> = "\u{feff}Fälle 🦠"
                .encode_utf16()
                .flat_map(|unit| {
                    if mark {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect();
            for cut in 0..bytes.len() {
                let decoded = decode(&[&bytes[..cut], &bytes[cut..]]);
                assert_eq!(decoded, Ok(("Fälle 🦠".into(), encoding)));
            }
            let cut_short = decode(&[&bytes[..bytes.len() - 1]]);
            assert!(cut_short.is_err_and(|fault| fault.code == FaultCode::BrokenUtf16));
        }
    }

    #[test]
    fn a_file_that_is_not_utf8_is_windows_1252_and_the_first_such_byte_is_named() {
        let decoded = decode(&[b"a\nF\xe4", b"lle \x80"]);
        assert_eq!(
            decoded,
            Ok(("a\nFälle €".into(), Encoding::Windows1252 { first: 3 }))
        );
        // Cut short in what could have been a character of UTF-8.
        let decoded = decode(&[b"a\xe4"]);
        assert_eq!(
            decoded,
            Ok(("aä".into(), Encoding::Windows1252 { first: 1 }))
        );
    }

    #[test]
    fn two_encodings_in_one_file_are_refused_at_their_seam() {
        let fault = decode(&["Fälle".as_bytes(), b"F\xe4lle"]).unwrap_err();
        assert_eq!(
            (fault.code, fault.byte),
            (FaultCode::MixedEncoding, Some(7))
        );
    }

    #[test]
    fn a_nul_is_refused_by_its_place() {
        let fault = decode(&[b"ab", b"c\0"]).unwrap_err();
        assert_eq!((fault.code, fault.byte), (FaultCode::NulByte, Some(3)));
    }
}
