//! Cell styles → number formats: what a number is shown as decides what it is.

use quick_xml::events::Event;

use crate::cell::{FormatKind, NumberFormat};
use crate::problem::Kind;
use crate::source::limits::Limits;

use super::parts::{attribute, reader};

/// The number format of each cell style.
#[derive(Debug, Default)]
pub struct Styles {
    formats: Vec<NumberFormat>,
    /// Style index → position in `formats`.
    by_style: Vec<u16>,
}

static GENERAL: NumberFormat = NumberFormat { kind: FormatKind::General, unit_power: None };

impl Styles {
    pub fn format(&self, style: u32) -> &NumberFormat {
        let position = self.by_style.get(style as usize);
        position.and_then(|position| self.formats.get(usize::from(*position))).unwrap_or(&GENERAL)
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
                        let own = custom.iter().find(|(own, _)| *own == id).map(|(_, format)| format.clone());
                        let format = own.unwrap_or_else(|| NumberFormat::built_in(id));
                        let known = styles.formats.iter().position(|known| *known == format);
                        let position = known.unwrap_or_else(|| {
                            styles.formats.push(format);
                            styles.formats.len() - 1
                        });
                        styles.by_style.push(u16::try_from(position).unwrap_or(0));
                        limits.check("styles", styles.by_style.len() as u64, limits.styles)?;
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => is_in_cell_styles = false,
                _ => {}
            }
        }
    }
}
