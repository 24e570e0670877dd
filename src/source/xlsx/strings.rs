//! Shared strings: one text of all of them, and where each begins.

use crate::problem::Kind;
use crate::source::limits::Limits;

use super::markup::{self, Stop, Token};
use super::package::{PartReader, Window};
use super::parts::check_encoding;

/// The shared strings of a workbook. A text of white space alone is kept as empty: such a cell is blank.
#[derive(Debug, Default)]
pub struct Strings {
    text: String,
    /// Where each string ends.
    ends: Vec<u32>,
    has_blanks: bool,
}

impl Strings {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    /// Adds a text that is not blank; nothing when there is no room for it.
    pub fn push(&mut self, text: &str) -> Option<u32> {
        let end = u32::try_from(self.text.len() + text.len()).ok()?;
        let index = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(text);
        self.ends.push(end);
        Some(index)
    }

    #[inline]
    pub fn is_blank(&self, index: usize) -> bool {
        self.has_blanks && self.get(index) == Some("")
    }

    fn close(&mut self, from: usize, limits: &Limits) -> Result<(), Kind> {
        markup::decode_escapes(&mut self.text, from);
        if self.text[from..].trim().is_empty() {
            self.text.truncate(from);
            self.has_blanks = true;
        }
        limits.check_text(&self.text[from..])?;
        limits.check("shared_strings", self.ends.len() as u64 + 1, limits.shared_strings)?;
        limits.check("shared_string_bytes", self.text.len() as u64, limits.shared_string_bytes)?;
        let end =
            u32::try_from(self.text.len()).map_err(|_| Kind::DamagedPackage { detail: "sharedStrings".into() })?;
        self.ends.push(end);
        Ok(())
    }

    /// Reads the part. How many strings it claims to have does not matter; see the count that comes back.
    ///
    /// # Errors
    /// Damage, or a limit.
    pub fn read(mut part: PartReader<'_>, limits: &Limits) -> Result<(Self, Option<u64>), Kind> {
        let mut strings = Strings::default();
        let mut claimed = None;
        let mut window = Window::new(&part);
        loop {
            let more = window.fill(&mut part)?;
            if window.is_first() {
                check_encoding(window.bytes())?;
            }
            let used = strings.scan(window.bytes(), &mut claimed, limits)?;
            window.take(used);
            if !more {
                if window.bytes().iter().all(u8::is_ascii_whitespace) {
                    strings.text.shrink_to_fit();
                    strings.ends.shrink_to_fit();
                    return Ok((strings, claimed));
                }
                return Err(damaged("the part is cut off"));
            }
            limits.check_rest(window.bytes().len() as u64)?;
        }
    }

    /// Reads the complete strings of a window; returns how many bytes they took.
    pub fn scan(&mut self, window: &[u8], claimed: &mut Option<u64>, limits: &Limits) -> Result<usize, Kind> {
        let mut at = 0;
        loop {
            // What nearly every string looks like.
            if window[at..].starts_with(b"<si><t>") {
                let raw = &window[at + 7..];
                if let Some(end) = memchr::memchr(b'<', raw)
                    && raw[end..].starts_with(b"</t></si>")
                {
                    let from = self.text.len();
                    markup::push_text(&raw[..end], false, &mut self.text).map_err(|_| damaged("text"))?;
                    self.close(from, limits)?;
                    at += 7 + end + 9;
                    continue;
                }
            }
            let (token, next) = match markup::token(window, at) {
                Ok(found) => found,
                Err(stop) => return refusal(stop).map_or(Ok(at), Err),
            };
            at = match token {
                Token::Open { name: b"sst", attributes, .. } => {
                    let count = attributes.get(b"uniqueCount").and_then(|count| std::str::from_utf8(count).ok());
                    *claimed = count.map(|count| count.parse().unwrap_or(u64::MAX));
                    next
                }
                Token::Open { name: b"si", is_empty: true, .. } => {
                    self.close(self.text.len(), limits)?;
                    next
                }
                Token::Open { name: b"si", .. } => {
                    let from = self.text.len();
                    match rich_text(window, next, b"si", &mut self.text) {
                        Ok(next) => {
                            self.close(from, limits)?;
                            next
                        }
                        Err(stop) => {
                            self.text.truncate(from);
                            return refusal(stop).map_or(Ok(at), Err);
                        }
                    }
                }
                _ => next,
            };
        }
    }
}

/// Why the part is refused; nothing when the window only ends.
fn refusal(stop: Stop) -> Option<Kind> {
    match stop {
        Stop::More => None,
        Stop::Damaged(detail) => Some(damaged(detail)),
        Stop::DocumentType => Some(Kind::DocumentType),
    }
}

fn damaged(detail: &str) -> Kind {
    Kind::DamagedPackage { detail: format!("sharedStrings: {detail}") }
}

/// The text of a string item or an inline string up to its closing tag: runs joined, phonetic runs left out.
///
/// # Errors
/// [`Stop::More`] when the window ends inside it.
pub fn rich_text(window: &[u8], start: usize, closing: &[u8], out: &mut String) -> Result<usize, Stop> {
    let mut at = start;
    let (mut is_text, mut keeps_space, mut phonetic) = (false, false, 0usize);
    loop {
        let (token, next) = markup::token(window, at)?;
        at = next;
        match token {
            Token::Open { name: b"rPh", is_empty: false, .. } => phonetic += 1,
            Token::Close { name: b"rPh" } => phonetic = phonetic.saturating_sub(1),
            Token::Open { name: b"t", attributes, is_empty: false } => {
                is_text = phonetic == 0;
                keeps_space = attributes.get(b"space") == Some(b"preserve");
            }
            Token::Close { name: b"t" } => is_text = false,
            Token::Text(raw) if is_text => {
                markup::push_text(raw, keeps_space, out).map_err(|_| Stop::Damaged("text is not UTF-8"))?;
            }
            Token::Verbatim(raw) if is_text => {
                out.push_str(std::str::from_utf8(raw).map_err(|_| Stop::Damaged("text is not UTF-8"))?);
            }
            Token::Close { name } if name == closing => return Ok(at),
            Token::Open { name: b"si" | b"c" | b"row", .. } | Token::Close { name: b"sst" | b"c" | b"row" } => {
                return Err(Stop::Damaged("a text without end"));
            }
            _ => {}
        }
    }
}
