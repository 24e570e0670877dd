//! Links: to lines of other pages, and to cells of the input files.

use std::borrow::Cow;

use rust_xlsxwriter::{Url, XlsxError};
use rustc_hash::FxHashMap;

use crate::cell::CellRef;
use crate::report::Page;
use crate::report::subject::{Link, Subject};

use super::look::Style;
use super::{SheetWriter, clipped};

/// Excel allows 65,530 links on a sheet.
const MOST_LINKS: usize = 60_000;
/// Excel refuses links whose texts are longer than 255 characters.
pub(super) const LONGEST_LINK_TEXT: usize = 250;

impl SheetWriter<'_> {
    /// A place in this workbook; nothing where the page has no such line, or the sheet no room for more links.
    pub(super) fn place(&self, to: &Link) -> Option<String> {
        let name = self.names.get(to.page)?;
        let row = match &to.subject {
            Some(_) => self.anchors.get(to)?.row,
            None => 0,
        };
        (self.n_links < MOST_LINKS).then(|| format!("internal:'{name}'!A{}", row + 1))
    }

    /// A place in an input file, as a link where the file can be reached.
    pub(super) fn source(&mut self, at: &CellRef, style: Style, row: u32, column: u16) -> Result<(), XlsxError> {
        let text = at.to_string();
        let link = self.options.links.get(&*at.file).filter(|_| self.n_links < MOST_LINKS);
        let Some(link) = link else {
            let format = self.formats.of(self.options.theme, style);
            self.sheet.write_string_with_format(row, column, clipped(&text), format)?;
            return Ok(());
        };
        let fragment = if at.sheet.is_empty() {
            String::new()
        } else {
            let cell = if at.cell.is_some() { at.address() } else { "A1".to_string() };
            format!("#'{}'!{cell}", at.sheet.replace('\'', "''"))
        };
        // Excel refuses links beyond 2,080 characters and texts beyond 255.
        let target = format!("file:///{}{fragment}", percent_encoded(link));
        let format = self.formats.of(self.options.theme, Style { is_link: true, ..style });
        if target.len() > 2_000 || text.chars().count() > LONGEST_LINK_TEXT {
            self.sheet.write_string_with_format(row, column, clipped(&text), format)?;
            return Ok(());
        }
        self.n_links += 1;
        self.sheet.write_url_with_format(row, column, Url::new(target).set_text(&text), format)?;
        Ok(())
    }
}

/// The lines that others open or draw, by what they are about.
pub(super) struct Anchors<'a>(FxHashMap<(&'a str, &'a Subject), Anchor>);

#[derive(Clone, Copy)]
pub(super) struct Anchor {
    pub(super) row: u32,
    /// First and last of its columns that are months.
    pub(super) series: Option<(usize, usize)>,
}

impl<'a> Anchors<'a> {
    pub(super) fn of(pages: &'a [Cow<'_, Page>]) -> Self {
        let mut anchors = FxHashMap::default();
        for page in pages {
            for (_, first, block) in page.blocks_at() {
                let row = |line: usize| block.header_row(first) + 1 + u32::try_from(line).unwrap_or(0);
                for (line, subject) in &block.subjects {
                    let series = block.series.as_ref().map(|series| (series.first, series.last()));
                    let anchor = Anchor { row: row(*line), series };
                    anchors.entry((page.key, subject)).or_insert(anchor);
                }
            }
        }
        Anchors(anchors)
    }

    /// The line that a link names; nothing for a whole page, and where there is no such line.
    pub(super) fn get(&self, to: &Link) -> Option<Anchor> {
        self.0.get(&(to.page, to.subject.as_ref()?)).copied()
    }
}

/// A path as a link has it. The library encodes nothing more where something is encoded already.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '%' | '#' | ' ' | '"' | '<' | '>' | '[' | ']' | '^' | '`' | '{' | '}' | '?' => {
                encoded.push_str(&format!("%{:02x}", u32::from(character)));
            }
            _ => encoded.push(character),
        }
    }
    encoded
}
