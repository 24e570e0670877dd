//! How it looks, by role and kind: a workbook, delimited text, blank templates.

pub mod csv;
pub mod fill;
mod fit;
pub mod parquet;
pub mod template;
pub mod theme;
pub mod xlsx;

/// Width of a text in columns of the standard font: Chinese characters take two.
pub fn display_width(text: &str) -> usize {
    text.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0)
}
