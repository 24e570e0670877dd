//! Just enough XML for sheets and shared strings: one tag at a time from a window that may end anywhere.
//!
//! Names are compared without their namespace prefix. Comments and processing instructions are passed over,
//! CDATA is text, and a document type is refused: no spreadsheet program writes one.

use memchr::{memchr, memchr2, memmem};

/// Bytes that one tag may take.
const TAG_BYTES: usize = 64 << 10;

/// A piece of markup.
#[derive(Debug)]
pub enum Token<'a> {
    Open {
        name: &'a [u8],
        attributes: Attributes<'a>,
        is_empty: bool,
    },
    Close {
        name: &'a [u8],
    },
    /// Text with its references still in it.
    Text(&'a [u8]),
    /// Text that is taken as it is.
    Verbatim(&'a [u8]),
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// The window ends inside it, or nothing is left.
    More,
    /// It is not XML.
    Damaged(&'static str),
    DocumentType,
}

/// The token that begins at a place, and where the next one begins.
pub fn token(data: &[u8], at: usize) -> Result<(Token<'_>, usize), Stop> {
    let mut at = at;
    loop {
        let rest = data.get(at..).filter(|rest| !rest.is_empty()).ok_or(Stop::More)?;
        if rest[0] != b'<' {
            let end = memchr(b'<', rest).ok_or(Stop::More)?;
            return Ok((Token::Text(&rest[..end]), at + end));
        }
        match rest.get(1).ok_or(Stop::More)? {
            b'/' => {
                let end = memchr(b'>', rest).ok_or(Stop::More)?;
                let name = local(rest[2..end].trim_ascii_end());
                return Ok((Token::Close { name }, at + end + 1));
            }
            b'?' => at += closing(rest, b"?>", 2)?,
            b'!' if rest.starts_with(b"<!--") => at += closing(rest, b"-->", 4)?,
            b'!' if rest.starts_with(b"<![CDATA[") => {
                let end = closing(rest, b"]]>", 9)?;
                return Ok((Token::Verbatim(&rest[9..end - 3]), at + end));
            }
            b'!' => {
                // It may be a comment or CDATA that the window cuts.
                let is_cut = |mark: &[u8]| rest.len() < mark.len() && mark.starts_with(rest);
                return Err(if is_cut(b"<!--") || is_cut(b"<![CDATA[") { Stop::More } else { Stop::DocumentType });
            }
            _ => return open(rest, at),
        }
    }
}

/// Bytes up to and with a mark.
fn closing(rest: &[u8], mark: &[u8], from: usize) -> Result<usize, Stop> {
    let found = rest.get(from..).and_then(|rest| memmem::find(rest, mark));
    found.map(|found| from + found + mark.len()).ok_or(Stop::More)
}

fn open(rest: &[u8], at: usize) -> Result<(Token<'_>, usize), Stop> {
    // The end is the first `>` outside quotes.
    let mut end = 1;
    loop {
        let found = rest[end..].iter().position(|byte| matches!(byte, b'>' | b'"' | b'\'' | b'<'));
        end += found.ok_or(Stop::More)?;
        match rest[end] {
            b'>' => break,
            b'<' => return Err(Stop::Damaged("a tag inside a tag")),
            quote => {
                let close = memchr(quote, &rest[end + 1..]);
                end += close.ok_or(Stop::More)? + 2;
            }
        }
    }
    if end > TAG_BYTES {
        return Err(Stop::Damaged("a tag that is too long"));
    }
    let is_empty = rest[end - 1] == b'/';
    let inner = &rest[1..end - usize::from(is_empty)];
    let name_end = inner.iter().position(u8::is_ascii_whitespace).unwrap_or(inner.len());
    if name_end == 0 {
        return Err(Stop::Damaged("a tag without name"));
    }
    let token = Token::Open { name: local(&inner[..name_end]), attributes: Attributes(&inner[name_end..]), is_empty };
    Ok((token, at + end + 1))
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    memchr(b':', name).map_or(name, |colon| &name[colon + 1..])
}

/// The attributes of a tag, as local name and raw value.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// The attributes in what follows a tag's name.
    pub fn of(text: &'a [u8]) -> Self {
        Attributes(text)
    }

    /// The value of an attribute, references and all.
    pub fn get(&self, wanted: &[u8]) -> Option<&'a [u8]> {
        self.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// Whether all of it is names with quoted values.
    pub fn are_well_formed(mut self) -> bool {
        while self.next().is_some() {}
        self.0.trim_ascii().is_empty()
    }

    /// Whether an attribute says yes.
    pub fn is_set(&self, wanted: &[u8]) -> bool {
        matches!(self.get(wanted), Some(b"1" | b"true"))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        let equals = memchr(b'=', rest)?;
        let name = rest[..equals].trim_ascii_end();
        let value = rest[equals + 1..].trim_ascii_start();
        let quote = *value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
        let end = memchr(quote, &value[1..])?;
        self.0 = &value[end + 2..];
        Some((local(name), &value[1..=end]))
    }
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadText;

/// Adds raw text to `out`: UTF-8 checked, references resolved, line ends as XML has them.
///
/// # Errors
/// That it is not UTF-8, or has a reference that XML does not know.
pub fn unescape(raw: &[u8], out: &mut String) -> Result<(), BadText> {
    let mut rest = std::str::from_utf8(raw).map_err(|_| BadText)?;
    while let Some(at) = memchr2(b'&', b'\r', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'\r' {
            out.push('\n');
            let after = &rest[at + 1..];
            rest = after.strip_prefix('\n').unwrap_or(after);
            continue;
        }
        let (name, after) = rest[at + 1..].split_once(';').ok_or(BadText)?;
        out.push(reference(name).ok_or(BadText)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(())
}

fn reference(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            // A lone surrogate is no character; Excel shows a replacement too.
            char::from_u32(code).unwrap_or('\u{fffd}')
        }
    })
}

/// Resolves `_xHHHH_`, with which the format writes characters that XML cannot hold.
/// ECMA-376 part 1, 22.9.2.19 (ST_Xstring): `_x005F_` is the underscore itself.
pub fn decode_escapes(text: &mut String, from: usize) {
    if memmem::find(&text.as_bytes()[from..], b"_x").is_none() {
        return;
    }
    let written = text.split_off(from);
    let mut units: Vec<u16> = Vec::new();
    let mut rest = written.as_str();
    loop {
        let escape = rest.strip_prefix("_x").and_then(|rest| {
            let digits = rest.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            let after = rest[4..].strip_prefix('_')?;
            Some((u16::from_str_radix(digits, 16).ok()?, after))
        });
        if let Some((unit, after)) = escape {
            units.push(unit);
            rest = after;
            continue;
        }
        // Two escapes may make one character; anything else ends them.
        text.push_str(&String::from_utf16_lossy(&units));
        units.clear();
        let Some(first) = rest.chars().next() else { return };
        let next = rest[first.len_utf8()..].find("_x").map_or(rest.len(), |next| first.len_utf8() + next);
        text.push_str(&rest[..next]);
        rest = &rest[next..];
    }
}

/// Adds the text of one `<t>`: without `xml:space="preserve"`, white space around it does not count.
pub fn push_text(raw: &[u8], keep_space: bool, out: &mut String) -> Result<(), BadText> {
    let raw = if keep_space { raw } else { raw.trim_ascii() };
    unescape(raw, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let mut out = String::new();
        unescape(raw.as_bytes(), &mut out).unwrap();
        decode_escapes(&mut out, 0);
        out
    }

    #[test]
    fn references_and_escapes() {
        for (raw, expected) in [
            ("a &lt;b&gt; &amp;&quot;&apos;", "a <b> &\"'"),
            ("&#20803;&#x4E07;", "元万"),
            ("line\r\nnext\rlast", "line\nnext\nlast"),
            ("a_x000D__x000A_b", "a\r\nb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_xD83D__xDE00_", "😀"),
            ("_x00G0_ _x0041", "_x00G0_ _x0041"),
        ] {
            assert_eq!(text(raw), expected, "{raw}");
        }
        for bad in ["&nosuch;", "&", "a & b"] {
            assert_eq!(unescape(bad.as_bytes(), &mut String::new()), Err(BadText), "{bad}");
        }
    }

    #[test]
    fn tags_end_outside_quotes_and_windows_may_cut_anywhere() {
        let xml = b"<?xml version='1.0'?><!-- <c> --><x:c r = 'A1' t=\"a>b\"/><![CDATA[<v>]]></c >";
        let (Token::Open { name, attributes, is_empty }, at) = token(xml, 0).unwrap() else { panic!() };
        assert_eq!((name, is_empty), (&b"c"[..], true));
        assert_eq!((attributes.get(b"r"), attributes.get(b"t")), (Some(&b"A1"[..]), Some(&b"a>b"[..])));
        let (Token::Verbatim(text), at) = token(xml, at).unwrap() else { panic!() };
        assert_eq!(text, b"<v>");
        let (Token::Close { name }, end) = token(xml, at).unwrap() else { panic!() };
        assert_eq!((name, end), (&b"c"[..], xml.len()));
        for cut in 1..xml.len() - 6 {
            let mut at = 0;
            let stop = loop {
                match token(&xml[..cut], at) {
                    Ok((_, next)) => at = next,
                    Err(stop) => break stop,
                }
            };
            assert_eq!(stop, Stop::More, "cut at {cut}");
        }
        assert_eq!(token(b"<!DOCTYPE x []>", 0).unwrap_err(), Stop::DocumentType);
        assert_eq!(token(b"<a <b>", 0).unwrap_err(), Stop::Damaged("a tag inside a tag"));
    }
}
