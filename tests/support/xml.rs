//! Well-formed XML with namespaces, element by element: what an XML parser of any spreadsheet program insists on.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// Namespaces by the prefixes that they have in the standard.
pub const NAMESPACES: &[(&str, &str)] = &[
    ("x", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    ("r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    ("a", "http://schemas.openxmlformats.org/drawingml/2006/main"),
    ("c", "http://schemas.openxmlformats.org/drawingml/2006/chart"),
    ("c14", "http://schemas.microsoft.com/office/drawing/2007/8/2/chart"),
    ("xdr", "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"),
    ("x14", "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"),
    ("x14ac", "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"),
    ("xm", "http://schemas.microsoft.com/office/excel/2006/main"),
    ("mc", "http://schemas.openxmlformats.org/markup-compatibility/2006"),
    ("ap", "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"),
    ("vt", "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"),
    ("cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("ct", "http://schemas.openxmlformats.org/package/2006/content-types"),
    ("rel", "http://schemas.openxmlformats.org/package/2006/relationships"),
    ("xml", "http://www.w3.org/XML/1998/namespace"),
];

/// An element at its end, with what it held.
pub struct Element<'a> {
    /// Names from the root to this one, by the standard's prefixes: `x:worksheet`, `x:sheetData`.
    pub path: &'a [String],
    /// Names and values; names without a prefix have no namespace.
    pub attributes: &'a [(String, String)],
    /// Names of its children in order, each with a semicolon behind it: `x:f;x:v;`.
    pub children: &'a str,
    /// Its own text.
    pub text: &'a str,
}

impl Element<'_> {
    pub fn name(&self) -> &str {
        &self.path[self.path.len() - 1]
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// An attribute that counts or points.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }

    pub fn n_children(&self) -> usize {
        self.children.matches(';').count()
    }
}

#[derive(Default)]
struct Open {
    attributes: Vec<(String, String)>,
    children: String,
    text: String,
    /// How many namespaces were bound outside of it.
    n_bound: usize,
}

/// Reads a part and shows each element once it ends.
///
/// # Errors
/// Why it is not well-formed.
pub fn walk(bytes: &[u8], visit: &mut dyn FnMut(&Element<'_>)) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    if let Some(bad) = text.chars().find(|character| !is_character(*character)) {
        return Err(format!("the character {:04X} is not one of XML", u32::from(bad)));
    }
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().enable_all_checks(true);
    let mut walker = Walker { bound: vec![("xml".into(), "xml".into())], ..Walker::default() };
    let mut is_first = true;
    loop {
        let at = reader.buffer_position();
        let said = |error: String| format!("{error}, at byte {at}");
        match reader.read_event().map_err(|error| said(error.to_string()))? {
            Event::Start(tag) => walker.open(&tag).map_err(said)?,
            Event::Empty(tag) => {
                walker.open(&tag).map_err(said)?;
                walker.close(visit);
            }
            Event::End(_) => walker.close(visit),
            Event::Text(text) => walker.text(&text).map_err(said)?,
            Event::CData(text) => walker.text(&text).map_err(said)?,
            Event::GeneralRef(reference) => {
                let known = quick_xml::escape::unescape(&format!("&{};", &*reference)).map(|text| text.into_owned());
                let known = known.map_err(|error| said(error.to_string()))?;
                if let Some(bad) = known.chars().find(|character| !is_character(*character)) {
                    return Err(said(format!("a reference to the character {:04X}", u32::from(bad))));
                }
                walker.text(&known).map_err(said)?;
            }
            Event::Decl(_) if !is_first => return Err(said("a declaration inside".into())),
            Event::DocType(_) => return Err(said("a document type".into())),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
        is_first = false;
    }
    match (walker.open.len(), walker.n_roots) {
        (0, 1) => Ok(()),
        (0, n) => Err(format!("{n} roots")),
        _ => Err(format!("{} is not closed", walker.path.join("/"))),
    }
}

#[derive(Default)]
struct Walker {
    path: Vec<String>,
    open: Vec<Open>,
    /// Prefixes as they are written, and the standard's for their namespaces.
    bound: Vec<(String, String)>,
    n_roots: usize,
}

impl Walker {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let n_bound = self.bound.len();
        let mut written: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attribute.value.contains('<') {
                return Err(format!("`<` in the attribute {}", attribute.key.0));
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
            match attribute.key.0.strip_prefix("xmlns") {
                Some("") => self.bound.push((String::new(), known(&value))),
                Some(prefix) if prefix.starts_with(':') => self.bound.push((prefix[1..].to_string(), known(&value))),
                _ => written.push((attribute.key.0.to_string(), value.into_owned())),
            }
        }
        let name = self.named(tag.name().0, true)?;
        let mut attributes = Vec::new();
        for (key, value) in written {
            attributes.push((self.named(&key, false)?, value));
        }
        if let Some((_, prefixes)) = attributes.iter().find(|(key, _)| key == "mc:Ignorable")
            && let Some(unbound) =
                prefixes.split_whitespace().find(|prefix| !self.bound.iter().any(|(p, _)| p == prefix))
        {
            return Err(format!("{unbound} is to be ignored and not declared"));
        }
        match self.open.last_mut() {
            Some(parent) => {
                parent.children.push_str(&name);
                parent.children.push(';');
            }
            None => self.n_roots += 1,
        }
        self.path.push(name);
        self.open.push(Open { attributes, n_bound, ..Open::default() });
        Ok(())
    }

    fn close(&mut self, visit: &mut dyn FnMut(&Element<'_>)) {
        let Some(element) = self.open.pop() else { return };
        visit(&Element {
            path: &self.path,
            attributes: &element.attributes,
            children: &element.children,
            text: &element.text,
        });
        self.path.pop();
        self.bound.truncate(element.n_bound);
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("text outside the root".into()),
        }
        Ok(())
    }

    /// The name with the standard's prefix. An unknown namespace stands in braces.
    fn named(&self, written: &str, is_element: bool) -> Result<String, String> {
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        if local.is_empty() || local.contains(':') {
            return Err(format!("the name {written}"));
        }
        if prefix.is_empty() && !is_element {
            return Ok(local.to_string());
        }
        let bound = self.bound.iter().rev().find(|(bound, _)| bound == prefix);
        match bound {
            Some((_, namespace)) if namespace.is_empty() => Ok(local.to_string()),
            Some((_, namespace)) => Ok(format!("{namespace}:{local}")),
            None if prefix.is_empty() => Ok(local.to_string()),
            None => Err(format!("the prefix of {written} is not declared")),
        }
    }
}

fn known(namespace: &str) -> String {
    match NAMESPACES.iter().find(|(_, known)| *known == namespace) {
        Some((prefix, _)) => (*prefix).to_string(),
        None if namespace.is_empty() => String::new(),
        None => format!("{{{namespace}}}"),
    }
}

/// XML 1.0, production 2.
fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
