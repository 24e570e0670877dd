//! Tidy tables as Parquet: the same cells as in CSV, typed.

mod support;

use std::path::Path;

use bytes::Bytes;
use parquet::basic::Type;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use support::attain;

/// Runs a sample; returns the folder of its tables.
fn tables(sample: &str, out: &Path, format: &str) -> std::path::PathBuf {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
    let output = attain().arg("run").arg(input).arg("--out").arg(out).args(["--tables", format]).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code != 2 && code != 5), "{output:?}");
    out.join("tables")
}

#[test]
fn every_cell_is_the_one_of_the_csv_table() {
    for sample in ["small", "seed", "messy"] {
        let folder = tempfile::tempdir().unwrap();
        let csv = tables(sample, &folder.path().join("csv"), "csv");
        let typed = tables(sample, &folder.path().join("parquet"), "parquet");
        let mut n_tables = 0;
        for entry in std::fs::read_dir(csv).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().to_string();
            compare(&path, &typed.join(format!("{name}.parquet")), &name);
            n_tables += 1;
        }
        assert!(n_tables >= 5 && std::fs::read_dir(&typed).unwrap().count() == n_tables, "{sample}");
    }
}

fn compare(csv: &Path, typed: &Path, name: &str) {
    let text = std::fs::read_to_string(csv).unwrap();
    let mut csv = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = csv.headers().unwrap().iter().map(str::to_string).collect();
    let reader = SerializedFileReader::new(Bytes::from(std::fs::read(typed).unwrap())).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
    assert_eq!(columns, header, "{name}");
    let expected: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), expected.len(), "{name}");
    for (row, expected) in rows.iter().zip(&expected) {
        for ((column, field), expected) in row.get_column_iter().zip(expected) {
            match field {
                Field::Null => assert_eq!(expected, "", "{name}.{column}"),
                // CSV disarms what a spreadsheet would take for a formula.
                Field::Str(text) => {
                    assert_eq!(text, expected.strip_prefix('\'').filter(|_| text != expected).unwrap_or(expected))
                }
                Field::Decimal(_) => {
                    let [read, expected] =
                        [&field.to_string(), expected].map(|text| rust_decimal::Decimal::from_str_exact(text).unwrap());
                    // Half of the last of nine decimals.
                    let most = rust_decimal::Decimal::new(5, 10);
                    assert!((read - expected).abs() <= most, "{name}.{column}: {read} {expected}");
                }
                Field::Double(read) => assert_eq!(*read, expected.parse::<f64>().unwrap(), "{name}.{column}"),
                other => panic!("{name}.{column}: {other:?}"),
            }
        }
    }
}

/// A column is of the same kind in every run: texts are known by name, so that a table without rows says the same.
#[test]
fn columns_are_text_exact_or_binary_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let typed = tables("messy", folder.path(), "parquet");
    let types = |table: &str| -> Vec<(String, Type)> {
        let bytes = Bytes::from(std::fs::read(typed.join(format!("{table}.parquet"))).unwrap());
        let reader = SerializedFileReader::new(bytes).unwrap();
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        schema.columns().iter().map(|column| (column.name().to_string(), column.physical_type())).collect()
    };
    let of = |table: &str, name: &str| types(table).into_iter().find(|(column, _)| column == name).unwrap().1;
    assert_eq!(of("attainment", "period"), Type::BYTE_ARRAY);
    assert_eq!(of("attainment", "actual"), Type::FIXED_LEN_BYTE_ARRAY);
    assert_eq!(of("attainment", "attainment"), Type::DOUBLE);
    assert_eq!((of("variance", "base"), of("deviations", "base")), (Type::BYTE_ARRAY, Type::FIXED_LEN_BYTE_ARRAY));
    assert_eq!(of("deviations", "expected_recovery"), Type::BYTE_ARRAY);
}
