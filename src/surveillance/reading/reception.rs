//! The bytes of a file as they arrive, and the text that is kept of them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Code, Container, Encoding, FaultCode, FileFault, LineList, Problem, container,
    decoding::{Decoding, Lines},
    delimiter,
    judge::{self, Kind},
    line_list::Counting,
    survey::SNIFF,
    walk, workbook,
};

/// What is known of a file once all of it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// CSV or workbook.
    pub container: Container,
    /// How its characters were written.
    pub encoding: Encoding,
    /// Its length as it came.
    pub bytes: u64,
    /// SHA-256 of it as it came, in hexadecimal.
    pub sha256: String,
    /// The sheet that was read, of a workbook.
    pub sheet: Option<String>,
    /// What was counted, of a file with one row for each case.
    pub line_list: Option<LineList>,
    /// The end of the text to be kept, after all that `push` gave.
    #[serde(skip)]
    pub rest: String,
}

impl Received {
    /// What is worth knowing of how the file came.
    pub fn notices(&self) -> Vec<Problem> {
        let mut notices = Vec::new();
        if let Encoding::Windows1252 { first } = self.encoding {
            notices.push(Problem::warning(
                Code::OtherEncoding,
                format!(
                    "the file is not UTF-8 (the first such byte is {first}); it was read as \
                     Windows-1252, of which Latin-1 is a part"
                ),
                "look whether letters with accents are right, or save it as CSV UTF-8",
            ));
        }
        if let Some(sheet) = &self.sheet {
            notices.push(Problem::warning(
                Code::Sheet,
                format!(
                    "the sheet `{}` was read, and no other",
                    super::problem::shown(sheet)
                ),
                "",
            ));
        }
        notices
    }
}

/// Takes a file in, piece by piece. Where the pieces are cut does not matter, and no more is
/// held than the first 64 KiB of text; of a workbook all of it, up to a limit; of a line list
/// the counts.
pub struct Reception {
    hash: Sha256,
    bytes: u64,
    state: State,
}

enum State {
    /// Too little has come to tell what it is.
    Start(Vec<u8>),
    Text(Decoding, Lines, Gate),
    Workbook(Vec<u8>),
}

/// What becomes of the text.
enum Gate {
    /// Nothing is given out before it is known whether the rows are people.
    Looking(String),
    Open,
    Counting(Box<Counting>),
}

impl Default for Reception {
    fn default() -> Self {
        Self::new()
    }
}

impl Reception {
    /// Ready for a file's first byte.
    pub fn new() -> Self {
        Self {
            hash: Sha256::new(),
            bytes: 0,
            state: State::Start(Vec::new()),
        }
    }

    /// Takes the next bytes, and gives the next text to be kept, often none.
    ///
    /// # Errors
    /// Why nothing of the file can be read. What was given out before is not to be kept.
    pub fn push(&mut self, piece: &[u8]) -> Result<String, FileFault> {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        if let State::Start(head) = &mut self.state {
            head.extend_from_slice(piece);
            if head.len() < container::ENOUGH {
                return Ok(String::new());
            }
            let head = std::mem::take(head);
            return self.begin(&head, false);
        }
        self.take(piece, false)
    }

    /// Knows that nothing more comes. All text that is left is in [`Received::rest`]: of a
    /// workbook all of it, for which [`Reception::finish_into`] needs less memory.
    ///
    /// # Errors
    /// Why nothing of the file can be read. What was given out before is not to be kept.
    pub fn finish(self) -> Result<Received, FileFault> {
        let mut rest = String::new();
        let received = self.finish_into(&mut |text| {
            rest.push_str(&text);
            Ok(())
        })?;
        Ok(Received { rest, ..received })
    }

    /// Knows that nothing more comes, and gives the text that is left to `keep`, piece by piece.
    ///
    /// # Errors
    /// Why nothing of the file can be read, or what `keep` says. What was given out before is
    /// not to be kept.
    pub fn finish_into(
        mut self,
        keep: &mut dyn FnMut(String) -> Result<(), FileFault>,
    ) -> Result<Received, FileFault> {
        if self.bytes == 0 {
            return Err(walk::empty());
        }
        keep(match &mut self.state {
            State::Start(head) => {
                let head = std::mem::take(head);
                self.begin(&head, true)?
            }
            _ => self.take(&[], true)?,
        })?;
        let mut encoding = Encoding::Utf8;
        let mut container = Container::Text;
        let mut sheet = None;
        let gate = match self.state {
            State::Start(_) => return Err(walk::empty()),
            State::Text(decoding, _, gate) => {
                encoding = decoding.encoding();
                gate
            }
            State::Workbook(bytes) => {
                container = Container::Workbook;
                let mut gate = Gate::Looking(String::new());
                sheet = Some(workbook::read(bytes, &mut |text| {
                    keep(gate.pass(text, false)?)
                })?);
                keep(gate.pass(String::new(), true)?)?;
                gate
            }
        };
        let mut line_list = None;
        if let Gate::Counting(counting) = gate {
            let (list, text) = counting.finish()?;
            line_list = Some(list);
            keep(text)?;
        }
        let sha256 = self.hash.finalize();
        Ok(Received {
            container,
            encoding,
            bytes: self.bytes,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            sheet,
            line_list,
            rest: String::new(),
        })
    }

    fn begin(&mut self, head: &[u8], last: bool) -> Result<String, FileFault> {
        self.state = match container::recognise(head)? {
            Container::Text => State::Text(
                Decoding::new(),
                Lines::default(),
                Gate::Looking(String::new()),
            ),
            Container::Workbook => State::Workbook(Vec::new()),
        };
        self.take(head, last)
    }

    fn take(&mut self, piece: &[u8], last: bool) -> Result<String, FileFault> {
        match &mut self.state {
            State::Start(_) => Ok(String::new()),
            State::Text(decoding, lines, gate) => {
                let mut text = String::new();
                decoding.push(piece, last, &mut text)?;
                gate.pass(lines.pass(text, last), last)
            }
            State::Workbook(bytes) => {
                if bytes.len() + piece.len() > workbook::MOST_BYTES {
                    return Err(FileFault::new(
                        FaultCode::TooLarge,
                        format!(
                            "a workbook may have {} MB at most",
                            workbook::MOST_BYTES / 1024 / 1024
                        ),
                        "save the sheet as CSV UTF-8, which may be longer",
                    ));
                }
                bytes.extend_from_slice(piece);
                Ok(String::new())
            }
        }
    }
}

impl Gate {
    fn pass(&mut self, text: String, last: bool) -> Result<String, FileFault> {
        match self {
            Self::Open => Ok(text),
            Self::Counting(counting) => {
                counting.push(&text)?;
                Ok(String::new())
            }
            Self::Looking(held) => {
                held.push_str(&text);
                if held.len() < SNIFF && !last {
                    return Ok(String::new());
                }
                let held = std::mem::take(held);
                self.decide(held, last)
            }
        }
    }

    fn decide(&mut self, held: String, whole: bool) -> Result<String, FileFault> {
        let held = without_declaration(held);
        // The same text is looked at however the pieces were cut.
        let mut cut = held.len().min(SNIFF);
        while !held.is_char_boundary(cut) {
            cut -= 1;
        }
        let whole = whole && held.len() < SNIFF;
        let sample = delimiter::sample(&held[..cut], whole, None).ok_or_else(walk::empty)?;
        match judge::judge(&sample)? {
            Kind::Counts(_) => {
                *self = Self::Open;
                Ok(held)
            }
            Kind::LineList { date, location } => {
                let mut counting = Counting::new(sample.delimiter, &sample.header, date, location);
                counting.push(&held)?;
                *self = Self::Counting(Box::new(counting));
                Ok(String::new())
            }
        }
    }
}

/// Without the `sep=;` with which a spreadsheet is told the delimiter; its line stays, so that
/// the others keep their numbers.
fn without_declaration(mut text: String) -> String {
    let first = text.lines().next().unwrap_or_default();
    let declares = first.len() <= 6
        && first
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("sep="));
    if declares {
        text.drain(..first.len());
    }
    text
}
