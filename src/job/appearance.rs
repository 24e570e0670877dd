//! `[report]` of attain.toml: how a report looks, and the user's own workbook to fill. Colours are
//! checked for contrast before anything is read.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::Image;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::render::theme::{Colour, LEAST_CONTRAST, Logo, PALE, Paint, Palette, Theme};
use crate::report::scale::ScaleSetting;
use crate::text::Lang;

/// The report workbook, and a workbook of one's own beside it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportSettings {
    /// A workbook of one's own to fill beside the report (.xlsx or .xlsm), relative to the file.
    pub template: Option<PathBuf>,
    /// The unit of money on the pages.
    pub scale: ScaleSetting,
    pub theme: ThemeSettings,
}

/// Colours (`#RRGGBB`), font, logo and sign-off block of the report. Text on each fill needs a contrast of 4.5:1.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeSettings {
    /// The colours that the others change.
    pub palette: Palette,
    /// Fill of the headers of columns, and actuals in charts.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub header: Option<String>,
    /// Text on it.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub header_text: Option<String>,
    /// Bars in cells; the figures on them are black.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub accent: Option<String>,
    /// Fill of what is on track.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub good: Option<String>,
    /// Text on it, and favourable differences.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub good_text: Option<String>,
    /// Fill of what is at risk.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub warn: Option<String>,
    /// Text on it.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub warn_text: Option<String>,
    /// Fill of what is behind.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub bad: Option<String>,
    /// Text on it, and adverse differences.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub bad_text: Option<String>,
    /// Fill of what is critical.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub critical: Option<String>,
    /// Text on it.
    #[schemars(regex(pattern = "^#[0-9A-Fa-f]{6}$"))]
    pub critical_text: Option<String>,
    /// Name of the font.
    pub font: Option<String>,
    /// Size of the text in cells, in points.
    #[schemars(range(min = 8, max = 16))]
    pub font_size: Option<f64>,
    /// A PNG or JPEG file for the top right of the summary, relative to the file.
    pub logo: Option<PathBuf>,
    /// Lines for who prepared, reviewed and approved the report, below the summary.
    pub sign_off: bool,
}

/// Bytes of a logo.
const LARGEST_LOGO: u64 = 2 << 20;
/// Excel's longest font name.
const LONGEST_FONT: usize = 31;

impl ThemeSettings {
    /// The theme; a palette from the command line stands before the file's.
    ///
    /// # Errors
    /// A colour that is none or cannot be read, a font or a logo that cannot be used.
    pub fn theme(&self, palette: Option<Palette>, base: &Path, lang: Lang) -> Result<Theme, String> {
        let plain = Theme::of(palette.unwrap_or(self.palette));
        let paint = |key: &str, fill: &Option<String>, text: &Option<String>, own: Paint| {
            let paint = Paint {
                fill: colour(key, fill, lang)?.unwrap_or(own.fill),
                text: colour(&format!("{key}_text"), text, lang)?.unwrap_or(own.text),
            };
            // The key to blame is the one that was written.
            let blamed = if fill.is_some() { key.to_string() } else { format!("{key}_text") };
            legible(&blamed, &format!("{key}_text"), paint, lang)
        };
        let header = paint("header", &self.header, &self.header_text, plain.header)?;
        let good = paint("good", &self.good, &self.good_text, plain.good)?;
        let bad = paint("bad", &self.bad, &self.bad_text, plain.bad)?;
        let bar = colour("accent", &self.accent, lang)?.unwrap_or(plain.bar);
        legible("accent", "", Paint { fill: bar, text: Colour::BLACK }, lang)?;
        // What has its colour from the file, where it can be read without the fill.
        let on_paper = |paint: Paint, is_own: bool, plain: Colour| {
            let can_be_read = |colour: &Colour| colour.is_legible_on(Colour::WHITE) && colour.is_legible_on(PALE);
            let own = [paint.text, paint.fill].into_iter().find(can_be_read);
            own.filter(|_| is_own).unwrap_or(plain)
        };
        let is_own = |fill: &Option<String>, text: &Option<String>| fill.is_some() || text.is_some();
        let ink = match (header.fill, header.text) {
            (fill, _) if fill.is_legible_on(Colour::WHITE) => fill,
            (_, text) if text.is_legible_on(Colour::WHITE) => text,
            _ => plain.ink,
        };
        Ok(Theme {
            header,
            ink,
            good,
            warn: paint("warn", &self.warn, &self.warn_text, plain.warn)?,
            bad,
            critical: paint("critical", &self.critical, &self.critical_text, plain.critical)?,
            good_text: on_paper(good, is_own(&self.good, &self.good_text), plain.good_text),
            bad_text: on_paper(bad, is_own(&self.bad, &self.bad_text), plain.bad_text),
            bar,
            plain_bar: if self.accent.is_some() { bar } else { plain.plain_bar },
            font: self.font(lang)?,
            font_size: self.font_size(lang)?,
            logo: self.logo.as_ref().map(|logo| read_logo(&base.join(logo), lang)).transpose()?,
            ..plain
        })
    }

    fn font(&self, lang: Lang) -> Result<Option<String>, String> {
        let Some(font) = &self.font else { return Ok(None) };
        let is_name =
            !font.trim().is_empty() && font.chars().count() <= LONGEST_FONT && !font.contains(char::is_control);
        if is_name { Ok(Some(font.clone())) } else { Err(lang.say("usage.theme_font", &[("raw", font)])) }
    }

    fn font_size(&self, lang: Lang) -> Result<Option<f64>, String> {
        match self.font_size {
            Some(size) if !(8.0..=16.0).contains(&size) => {
                Err(lang.say("usage.theme_font_size", &[("raw", &size.to_string())]))
            }
            size => Ok(size),
        }
    }
}

fn colour(key: &str, written: &Option<String>, lang: Lang) -> Result<Option<Colour>, String> {
    let Some(written) = written else { return Ok(None) };
    let colour = Colour::parse(written);
    colour.map(Some).ok_or_else(|| lang.say("usage.theme_colour", &[("key", key), ("raw", written)]))
}

/// Refuses text that cannot be read on its fill, and says which would be.
fn legible(key: &str, text_key: &str, paint: Paint, lang: Lang) -> Result<Paint, String> {
    if paint.text.is_legible_on(paint.fill) {
        return Ok(paint);
    }
    let ratio = |ratio: f64| format!("{:.2}", (ratio * 100.0).floor() / 100.0);
    let needed = LEAST_CONTRAST.to_string();
    let remedy = if text_key.is_empty() {
        lang.word("usage.theme_lighter").to_string()
    } else {
        // One of the two can always be read.
        let (name, best) = [("#FFFFFF", Colour::WHITE), ("#000000", Colour::BLACK)]
            .into_iter()
            .max_by(|a, b| a.1.contrast(paint.fill).total_cmp(&b.1.contrast(paint.fill)))
            .unwrap_or(("#000000", Colour::BLACK));
        let best = ratio(best.contrast(paint.fill));
        lang.say("usage.theme_other_text", &[("key", text_key), ("colour", name), ("ratio", &best)])
    };
    Err(lang.say(
        "usage.theme_contrast",
        &[
            ("key", key),
            ("text", &paint.text.to_string()),
            ("fill", &paint.fill.to_string()),
            ("ratio", &ratio(paint.text.contrast(paint.fill))),
            ("needed", &needed),
            ("remedy", &remedy),
        ],
    ))
}

fn read_logo(path: &Path, lang: Lang) -> Result<Logo, String> {
    let refused = |why: &str| lang.say("usage.theme_logo", &[("path", &path.display().to_string()), ("why", why)]);
    let metadata = std::fs::metadata(path).map_err(|error| refused(&error.to_string()))?;
    if !metadata.is_file() || metadata.len() > LARGEST_LOGO {
        return Err(refused(lang.word("usage.theme_logo_size")));
    }
    let bytes = std::fs::read(path).map_err(|error| refused(&error.to_string()))?;
    let is_picture = bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff");
    let image = if is_picture { Image::new_from_buffer(&bytes).ok() } else { None };
    match image.filter(|image| image.width() >= 1.0 && image.height() >= 1.0) {
        Some(_) => Ok(Logo { bytes }),
        None => Err(refused(lang.word("usage.theme_logo_type"))),
    }
}
