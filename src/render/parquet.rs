//! Tidy tables as Parquet: UTF-8 text, exact decimals for amounts and counts, doubles for ratios, null for "no figure".

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::measure::Amount;
use crate::report::tidy::{ColumnKind, Field, TidyTable};

/// Digits of a decimal: the most that 16 bytes hold.
const PRECISION: i32 = 38;
/// Decimals: money is exact, rates that share a column with money are to the billionth, and the largest amount there
/// can be still has its 29 digits before the point.
pub const DECIMALS: u8 = 9;
const BYTES: i32 = 16;

/// The bytes of a table's file: one row group, uncompressed, the same bytes for the same table.
///
/// # Errors
/// Only what the library refuses; a table of ours is never refused.
pub fn render(table: &TidyTable) -> Result<Vec<u8>, String> {
    write(table).map_err(|error| format!("{}: {error}", table.name))
}

fn write(table: &TidyTable) -> Result<Vec<u8>, ParquetError> {
    let kinds: Vec<ColumnKind> = (0..table.header.len()).map(|column| table.kind(column)).collect();
    let fields = table.header.iter().zip(&kinds).map(|(name, kind)| Ok(Arc::new(column_type(name, *kind)?)));
    let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
    let schema = Type::group_type_builder(table.name).with_fields(fields).build()?;
    let mut file = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(WriterProperties::default()))?;
    let mut group = file.next_row_group()?;
    let mut index = 0;
    while let Some(mut column) = group.next_column()? {
        write_column(&mut column, table, index, kinds[index])?;
        column.close()?;
        index += 1;
    }
    group.close()?;
    file.into_inner()
}

/// Every column may be null.
fn column_type(name: &str, kind: ColumnKind) -> Result<Type, ParquetError> {
    let builder = |physical| Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    match kind {
        ColumnKind::Text => builder(PhysicalType::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build(),
        ColumnKind::Ratio => builder(PhysicalType::DOUBLE).build(),
        ColumnKind::Amount => builder(PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_length(BYTES)
            .with_converted_type(ConvertedType::DECIMAL)
            .with_precision(PRECISION)
            .with_scale(i32::from(DECIMALS))
            .build(),
    }
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    table: &TidyTable,
    index: usize,
    kind: ColumnKind,
) -> Result<(), ParquetError> {
    let fields = || table.rows.iter().map(move |row| row.get(index).unwrap_or(&Field::Blank));
    let number = |field: &Field| match field {
        Field::Number(number) => Amount::parse(number),
        Field::Blank | Field::Text(_) => None,
    };
    match kind {
        ColumnKind::Text => {
            let text = |field: &Field| match field {
                Field::Blank => None,
                Field::Number(text) | Field::Text(text) => Some(ByteArray::from(text.as_str())),
            };
            let (values, levels) = apart(fields().map(text));
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Ratio => {
            let (values, levels) = apart(fields().map(|field| number(field).map(Amount::binary)));
            column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        ColumnKind::Amount => {
            // Big-endian two's complement, as the format has it.
            let bytes = |field: &Field| {
                let units = units(number(field)?)?;
                Some(FixedLenByteArray::from(units.to_be_bytes().to_vec()))
            };
            let (values, levels) = apart(fields().map(bytes));
            column.typed::<FixedLenByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    Ok(())
}

/// An amount as a count of its last decimal. By its digits: multiplied, the largest would be too large for an amount.
fn units(amount: Amount) -> Option<i128> {
    let text = amount.rounded(DECIMALS).plain();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{decimals:0<width$}", width = usize::from(DECIMALS)).parse().ok()
}

/// The values that are there, and for each row whether it has one.
fn apart<T>(fields: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let mut values = Vec::new();
    let levels = fields.map(|field| {
        let level = i16::from(field.is_some());
        values.extend(field);
        level
    });
    let levels = levels.collect();
    (values, levels)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field as Read;

    use super::*;

    fn number(text: &str) -> Field {
        Field::Number(text.into())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let rows = vec![
            vec![Field::Text("=华东".into()), number("-1234567890123456789012345.67"), number("0.92"), Field::Blank],
            vec![Field::Blank, Field::Blank, Field::Blank, Field::Blank],
            vec![number("2026"), number("0.0000000005"), number("-0.1666666666666666666666666667"), Field::Blank],
        ];
        let table = TidyTable { name: "t", header: &["unit", "actual", "attainment", "reason"], rows };
        let bytes = render(&table).unwrap();
        assert_eq!(bytes, render(&table).unwrap());
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        let rows: Vec<Vec<Read>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect())
            .collect();
        let said = |field: &Read| match field {
            Read::Null => String::new(),
            field => field.to_string(),
        };
        let said: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(said).collect()).collect();
        // Half a billionth is rounded away from zero, as everywhere; doubles have 17 digits at most.
        assert_eq!(said[0], ["\"=华东\"", "-1234567890123456789012345.670000000", "0.92", ""]);
        assert_eq!(said[1], ["", "", "", ""]);
        assert_eq!(said[2], ["\"2026\"", "0.000000001", "-1.6666666666666666E-1", ""]);
    }
}
