//! Tidy tables as CSV: UTF-8 with a byte-order mark, so that Excel reads Chinese right.

use crate::report::tidy::{Field, TidyTable};

/// The bytes of a table's file.
///
/// Text that a spreadsheet would take for a formula gets an apostrophe before it.
pub fn render(table: &TidyTable) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let mut write = |fields: Vec<String>| {
        // Writing to memory cannot fail.
        let _ = writer.write_record(&fields);
    };
    write(table.header.iter().map(|name| (*name).to_string()).collect());
    for row in &table.rows {
        let fields = row.iter().map(|field| match field {
            Field::Blank => String::new(),
            Field::Number(number) => number.clone(),
            Field::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Field::Text(text) => text.clone(),
        });
        write(fields.collect());
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        let rows = vec![vec![Field::Text("=cmd|' /C calc'!A0".into()), Field::Number("-5".into()), Field::Blank]];
        let table = TidyTable { name: "t", header: &["a", "b", "c"], rows };
        let text = String::from_utf8(render(&table)).unwrap();
        assert_eq!(text, "\u{feff}a,b,c\n'=cmd|' /C calc'!A0,-5,\n");
    }
}
