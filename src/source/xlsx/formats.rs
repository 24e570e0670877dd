//! Cell styles → number formats: what a number is shown as decides what it is.

use quick_xml::events::Event;

use crate::cell::NumberFormat;
use crate::problem::Kind;
use crate::source::limits::Limits;

use super::parts::{attribute, reader};

/// The number format of each cell style.
#[derive(Debug, Default)]
pub struct Styles(Vec<NumberFormat>);

impl Styles {
    #[inline]
    pub fn format(&self, style: u32) -> NumberFormat {
        self.0.get(style as usize).copied().unwrap_or_default()
    }

    /// Reads the styles part.
    ///
    /// # Errors
    /// That it is damaged, or has more styles than a workbook needs.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Kind> {
        let mut styles = Styles::default();
        let mut custom: Vec<(u32, NumberFormat)> = Vec::new();
        let mut is_in_cell_styles = false;
        let mut xml = reader(bytes)?;
        loop {
            match xml.next()? {
                Event::Eof => return Ok(styles),
                Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&tag, "numFmtId").and_then(|id| id.parse().ok());
                        let code = attribute(&tag, "formatCode");
                        if let (Some(id), Some(code)) = (id, code) {
                            custom.push((id, NumberFormat::parse(&code)));
                        }
                        limits.check("number_formats", custom.len() as u64, limits.number_formats)?;
                    }
                    "cellXfs" => is_in_cell_styles = true,
                    "xf" if is_in_cell_styles => {
                        let id = attribute(&tag, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                        let own = custom.iter().find(|(own, _)| *own == id).map(|(_, format)| *format);
                        styles.0.push(own.unwrap_or_else(|| NumberFormat::built_in(id)));
                        limits.check("styles", styles.0.len() as u64, limits.styles)?;
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => is_in_cell_styles = false,
                _ => {}
            }
        }
    }
}
