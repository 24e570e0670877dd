//! A case: small drawn inputs, arguments, and what came out.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod package;
pub mod schema;
pub mod xml;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

/// Inputs in a folder of their own, and the arguments to run them with.
#[must_use]
pub struct Case {
    folder: TempDir,
    arguments: Vec<String>,
    out: Option<PathBuf>,
}

/// What a run said and wrote.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    folder: TempDir,
}

impl Case {
    pub fn new() -> Self {
        Case { folder: TempDir::new().unwrap(), arguments: vec!["--as-of".into(), "2026-12-31".into()], out: None }
    }

    /// Adds a workbook with one drawn table. It starts at B3, so that every place shown is an absolute one.
    pub fn sheet(self, file: &str, drawing: &str) -> Self {
        self.titled(file, "", drawing)
    }

    /// The same with a title in A1.
    pub fn titled(self, file: &str, title: &str, drawing: &str) -> Self {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("Data").unwrap();
        if !title.is_empty() {
            sheet.write_string(0, 0, title).unwrap();
        }
        for (row, line) in (2u32..).zip(drawing.trim().lines()) {
            for (column, cell) in (1u16..).zip(line.split('|').map(str::trim)) {
                match cell.parse::<f64>() {
                    _ if cell.is_empty() => {}
                    Ok(number) => drop(sheet.write_number(row, column, number).unwrap()),
                    Err(_) => drop(sheet.write_string(row, column, cell).unwrap()),
                }
            }
        }
        let path = self.inputs().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        workbook.save(path).unwrap();
        self
    }

    /// Adds a file as it is.
    pub fn file(self, file: &str, bytes: &[u8]) -> Self {
        std::fs::create_dir_all(self.inputs()).unwrap();
        std::fs::write(self.inputs().join(file), bytes).unwrap();
        self
    }

    pub fn settings(self, text: &str) -> Self {
        self.file("attain.toml", text.as_bytes())
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_string()));
        self
    }

    pub fn seen_on(mut self, day: &str) -> Self {
        self.arguments[1] = day.to_string();
        self
    }

    /// Writes to another folder than the case's own.
    pub fn out(mut self, folder: &Path) -> Self {
        self.out = Some(folder.to_path_buf());
        self
    }

    pub fn inputs(&self) -> PathBuf {
        self.folder.path().join("in")
    }

    pub fn run(self) -> Ran {
        self.command("run", &["--tables", "csv"])
    }

    pub fn check(self) -> Ran {
        self.command("check", &["--verbose"])
    }

    fn command(self, command: &str, more: &[&str]) -> Ran {
        std::fs::create_dir_all(self.inputs()).unwrap();
        let own = (command != "check").then(|| self.folder.path().join("out"));
        let mut attain = attain();
        attain.arg(command).arg(self.inputs());
        // A check writes only where it is told to.
        if let Some(out) = self.out.clone().or(own) {
            attain.arg("--out").arg(out);
        }
        let output = attain.args(["--lang", "en"]).args(more).args(&self.arguments).output().unwrap();
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            folder: self.folder,
        }
    }
}

/// The program, without the settings of whoever runs the tests.
pub fn attain() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attain"));
    for name in ["LANG", "LC_ALL", "LC_MESSAGES"] {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ATTAIN_")) {
        command.env_remove(name);
    }
    command
}

/// A file or folder of the shared real data; where it is absent that is said, and the test is left out.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if !found.exists() {
        eprintln!("left out: ../shared/data/{path} is not here");
        return None;
    }
    Some(found)
}

/// A finished run over the shared opportunities, in `out`, with copies of these files beside it.
pub fn run_opportunities(files: &[&str]) -> Option<TempDir> {
    let crm = shared("crm")?;
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::copy(crm.join(file), folder.path().join(file)).unwrap();
    }
    let output = attain()
        .arg("run")
        .arg(folder.path())
        .args(["--profile", "crm", "--as-of", "2017-12-31", "--tables", "csv", "--quiet"])
        .args(["--out".as_ref(), folder.path().join("out").as_os_str()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

/// How LibreOffice is called; where it is absent that is said, and only on a machine that must have it is it a failure.
pub fn libreoffice() -> Option<&'static str> {
    let answers = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let office = ["soffice", "libreoffice"].into_iter().find(answers);
    if office.is_none() {
        assert!(std::env::var_os("CI").is_none(), "LibreOffice must be there in CI");
        eprintln!("left out: LibreOffice is not installed");
    }
    office
}

/// A picture of one colour: signature, header, deflated rows and end, with their checksums.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend([kind, data].concat());
        bytes.extend(crc32fast::hash(&[kind, data].concat()).to_be_bytes());
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat());
    let rows: Vec<u8> =
        (0..height).flat_map(|_| std::iter::once(0).chain((0..width).flat_map(|_| [0x1F, 0x38, 0x64]))).collect();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &rows).unwrap();
    chunk(b"IDAT", &packed.finish().unwrap());
    chunk(b"IEND", &[]);
    bytes
}

/// A row of a tidy table by column name.
pub type Row = HashMap<String, String>;

/// Reads a CSV file that we wrote.
pub fn read_table(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

impl Ran {
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    #[track_caller]
    pub fn status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.stdout, self.stderr);
        self
    }

    pub fn table(&self, name: &str) -> Vec<Row> {
        read_table(&self.out().join(format!("tables/{name}.csv")))
    }

    pub fn codes(&self) -> Vec<String> {
        self.table("problems").iter().map(|row| row["code"].clone()).collect()
    }

    /// What run.json says.
    pub fn account(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.out().join("run.json")).unwrap()).unwrap()
    }

    /// How many reached a stage: nothing where the funnel has no such row.
    pub fn reached(&self, level: &str, unit: &str, period: &str, stage: &str) -> Option<String> {
        let wanted = [("level", level), ("unit_id", unit), ("period", period), ("stage", stage)];
        let rows = self.table("funnel");
        let row = rows.iter().find(|row| wanted.iter().all(|(column, value)| row[*column] == *value));
        row.map(|row| row["reached"].clone())
    }

    /// The one attainment row of a metric, unit and period: `unit` is an id, or empty for the company.
    #[track_caller]
    pub fn attainment(&self, metric: &str, level: &str, unit: &str, period: &str) -> Row {
        let rows = self.table("attainment");
        let found: Vec<&Row> = rows
            .iter()
            .filter(|row| row["metric"] == metric && row["level"] == level && row["period"] == period)
            .filter(|row| row["unit_id"] == unit)
            .collect();
        assert_eq!(found.len(), 1, "{metric} {level} {unit} {period}\n{}", self.stderr);
        found[0].clone()
    }

    /// Target, actual, variance and attainment of such a row, the last at four decimals.
    #[track_caller]
    pub fn figures(&self, metric: &str, level: &str, unit: &str, period: &str) -> [String; 4] {
        let row = self.attainment(metric, level, unit, period);
        let attainment = row["attainment"].parse::<f64>().map_or(String::new(), |ratio| format!("{ratio:.4}"));
        [row["target"].clone(), row["actual"].clone(), row["variance"].clone(), attainment]
    }
}

/// The number of a month by its English name.
#[track_caller]
pub fn month_number(name: &str) -> usize {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    MONTHS.iter().position(|month| *month == name).unwrap() + 1
}
